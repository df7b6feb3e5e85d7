import type { ParseResult } from './parse-document.ts';
import { parseDocument } from './parse-document.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';
import { STRUCTURE_BOUNDS } from './structure-bounds.ts';

export const SYNTAXES = ['json', 'yaml'] as const;
export type Syntax = (typeof SYNTAXES)[number];

/**
 * `parseDocument` for the text of a document: findings then carry line and column. Without a syntax, text that starts
 * with `{` or `[` is taken for JSON and all other for YAML.
 */
export function parseDocumentText(text: string, options: { readonly syntax?: Syntax } = {}): ParseResult {
  if (text.length > STRUCTURE_BOUNDS.textLength) {
    return failed(
      'too-large',
      `The text has ${text.length} characters; a document may have ${STRUCTURE_BOUNDS.textLength}. Split the pipeline into several.`,
    );
  }
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (content.trim() === '') return failed('empty', 'The text is empty: there is no document in it.');
  const read = (options.syntax ?? guessSyntax(content)) === 'json' ? readJson(content) : readYaml(content);
  if (!read.ok) return read;
  const parsed = parseDocument(read.value);
  if (parsed.ok) return parsed;
  const places = read.locate(parsed.findings.map((finding) => finding.path));
  return {
    ok: false,
    findings: parsed.findings.map((finding, index) => ({ ...finding, at: places[index] ?? { line: 1, column: 1 } })),
  };
}

function guessSyntax(text: string): Syntax {
  return /^\s*[{[]/.test(text) ? 'json' : 'yaml';
}

function failed(code: string, message: string): ParseResult {
  return { ok: false, findings: [{ severity: 'error', code, message, path: '', at: { line: 1, column: 1 } }] };
}
