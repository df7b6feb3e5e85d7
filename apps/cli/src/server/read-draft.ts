import type { PipelineDocument } from '@sluice/pipeline';
import type { Invocation } from '../invocation.ts';
import { warnOfFindings } from '../output/print-findings.ts';
import { readDocumentFile } from '../read-document-file.ts';

/** The document of a file, its findings told; `undefined` when it is none, which has then been told in full. */
export async function readDraft(
  file: string,
  { terminal, folder, flag }: Invocation,
): Promise<PipelineDocument | undefined> {
  const { document, findings } = await readDocumentFile(file, folder);
  if (flag('json') && document === undefined)
    terminal.json({ error: { code: 'findings', message: `${file} is not a pipeline document.` }, findings });
  else warnOfFindings(terminal, findings, file);
  return document;
}
