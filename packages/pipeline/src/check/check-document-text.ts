import type { PipelineDocument } from '../document.ts';
import type { Finding } from '../finding.ts';
import type { NodeCatalogue } from '../node-definition.ts';
import { parseTextWithPlaces, type TextOptions } from '../parse/parse-document-text.ts';
import { checkDocument } from './check-document.ts';

/** Parses and checks a text in one go; every finding carries line and column. `document` is absent if it is none. */
export function checkDocumentText(
  text: string,
  catalogue: NodeCatalogue,
  options: TextOptions = {},
): { readonly document?: PipelineDocument; readonly findings: readonly Finding[] } {
  const { parsed, place } = parseTextWithPlaces(text, options);
  if (!parsed.ok) return { findings: parsed.findings };
  return { document: parsed.document, findings: place(checkDocument(parsed.document, catalogue)) };
}
