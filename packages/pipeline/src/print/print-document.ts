import type { PipelineDocument } from '../document.ts';
import type { Syntax } from '../parse/parse-document-text.ts';
import { orderFields } from './order-fields.ts';
import { writeJson } from './write-json.ts';
import { writeYaml } from './write-yaml.ts';

/**
 * The text of a document, ending in a newline. Two equal documents give the same text whatever the order of their
 * fields; `parseDocumentText` gives back an equal document.
 */
export function printDocument(document: PipelineDocument, options: { readonly syntax?: Syntax } = {}): string {
  const ordered = orderFields(document);
  return options.syntax === 'yaml' ? writeYaml(ordered) : `${writeJson(ordered)}\n`;
}
