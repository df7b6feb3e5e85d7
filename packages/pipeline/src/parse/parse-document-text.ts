import type { Finding } from '../finding.ts';
import type { LineColumn } from './line-column.ts';
import { parseDocument, type ParseResult } from './parse-document.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';
import { STRUCTURE_BOUNDS } from './structure-bounds.ts';

export const SYNTAXES = ['json', 'yaml'] as const;
export type Syntax = (typeof SYNTAXES)[number];

export interface TextOptions {
  /** Absent: text that starts with `{` or `[` is taken for JSON and all other for YAML. */
  readonly syntax?: Syntax;
}

/** `parseDocument` for the text of a document: findings then carry line and column. */
export function parseDocumentText(text: string, options: TextOptions = {}): ParseResult {
  return parseTextWithPlaces(text, options).parsed;
}

/** Also gives the way to put line and column to findings that are made later. */
export function parseTextWithPlaces(
  text: string,
  options: TextOptions,
): { readonly parsed: ParseResult; readonly place: (findings: readonly Finding[]) => readonly Finding[] } {
  const whole = (message: string, code: string) => ({
    parsed: failed(code, message),
    place: (findings: readonly Finding[]) => findings,
  });
  if (text.length > STRUCTURE_BOUNDS.textLength) {
    return whole(
      `The text has ${text.length} characters; a document may have ${STRUCTURE_BOUNDS.textLength}. Split the pipeline into several.`,
      'too-large',
    );
  }
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (content.trim() === '') return whole('The text is empty: there is no document in it.', 'empty');
  const read = (options.syntax ?? guessSyntax(content)) === 'json' ? readJson(content) : readYaml(content);
  if (!read.ok) return { parsed: read, place: (findings) => findings };
  const place = (findings: readonly Finding[]): readonly Finding[] => withPlaces(findings, read.locate);
  const parsed = parseDocument(read.value);
  return { parsed: parsed.ok ? parsed : { ok: false, findings: place(parsed.findings) }, place };
}

function withPlaces(
  findings: readonly Finding[],
  locate: (pointers: readonly string[]) => readonly LineColumn[],
): readonly Finding[] {
  if (findings.length === 0) return findings;
  const places = locate(findings.map((finding) => finding.path));
  return findings.map((finding, index) => ({ ...finding, at: places[index] ?? { line: 1, column: 1 } }));
}

function guessSyntax(text: string): Syntax {
  return /^\s*[{[]/.test(text) ? 'json' : 'yaml';
}

function failed(code: string, message: string): ParseResult {
  return { ok: false, findings: [{ severity: 'error', code, message, path: '', at: { line: 1, column: 1 } }] };
}
