import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import { checkDocumentText, type Finding, type PipelineDocument, type Syntax } from '@sluice/pipeline';
import { CommandFailure } from './failures.ts';

export interface DocumentFile {
  /** Absent when the text is no document. */
  readonly document?: PipelineDocument;
  readonly findings: readonly Finding[];
}

/** Reads, parses and checks a pipeline document. `-` is standard input. */
export async function readDocumentFile(file: string, folder: string): Promise<DocumentFile> {
  const text = file === '-' ? await readStandardInput() : await readText(path.resolve(folder, file), file);
  const syntax = syntaxOf(file);
  return checkDocumentText(text, nodeCatalogue, syntax === undefined ? {} : { syntax });
}

/** Reads a text file, with the way out when it cannot be read. */
export async function readText(location: string, shown: string): Promise<string> {
  try {
    return await readFile(location, 'utf8');
  } catch (error) {
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'reading it is not permitted',
    };
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new CommandFailure(
      'file-unreadable',
      `Cannot read ${shown}: ${reasons[code] ?? (error instanceof Error ? error.message : String(error))}.`,
      { cause: error },
    );
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

function syntaxOf(file: string): Syntax | undefined {
  if (/\.json$/i.test(file)) return 'json';
  return /\.ya?ml$/i.test(file) ? 'yaml' : undefined;
}
