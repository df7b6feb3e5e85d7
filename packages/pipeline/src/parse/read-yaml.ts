import {
  Composer,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  Lexer,
  Parser,
  visit,
  type CST,
  type Document,
} from 'yaml';
import type { Finding } from '../finding.ts';
import { indexLines } from './line-column.ts';
import type { ReadResult } from './read-result.ts';
import { STRUCTURE_BOUNDS } from './structure-bounds.ts';

/**
 * YAML 1.2 text (core schema) to a value, with positions. No tags beyond the core ones, no merge keys, one document,
 * bounded depth and aliases: what remains says the same as JSON.
 */
export function readYaml(text: string): ReadResult {
  if (text.length > STRUCTURE_BOUNDS.yamlLength) {
    return refused(
      text,
      'too-large',
      0,
      `the text has ${text.length} characters, and YAML may have ${STRUCTURE_BOUNDS.yamlLength}; write it as JSON`,
    );
  }
  const tokens = parseBounded(text);
  if (tokens === undefined) return refused(text, 'too-deep', 0, 'objects and lists are nested too deeply');
  const composer = new Composer({
    schema: 'core',
    resolveKnownTags: false,
    merge: false,
    stringKeys: true,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const documents = [...composer.compose(tokens, true, text.length)];
  const [document, second] = documents;
  if (document === undefined) return refused(text, 'broken-syntax', 0, 'the text is empty');
  if (second !== undefined)
    return refused(text, 'broken-syntax', second.range[0], 'the text holds more than one YAML document');
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    return {
      ok: false,
      findings: problems
        .slice(0, STRUCTURE_BOUNDS.findings)
        .map((problem) => finding(text, 'broken-syntax', problem.pos[0], plainWords(problem.code, problem.message))),
    };
  }
  const repeated = repeatedField(document);
  if (repeated !== undefined)
    return refused(text, 'duplicate-field', repeated, 'a field is written twice in one object');
  const alias = findBadAlias(document);
  if (alias !== undefined) return refused(text, alias.code, alias.offset, alias.problem);
  const value = toValue(document);
  if (!value.ok) return refused(text, 'too-large', 0, 'its aliases (*name) repeat each other too often');
  return {
    ok: true,
    value: value.value,
    locate: (pointers) => {
      const lineColumn = indexLines(text);
      return pointers.map((pointer) => lineColumn(offsetOf(document, pointer)));
    },
  };
}

/** Of anchors that exist, the library refuses those that multiply beyond the bound, with a `ReferenceError`. */
function toValue(document: Document.Parsed): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: STRUCTURE_BOUNDS.aliases }) };
  } catch (error) {
    if (error instanceof ReferenceError) return { ok: false };
    throw error;
  }
}

/**
 * The parser keeps its own stack but the composer after it recurses, so depth is measured here. An entry costs a stack
 * frame for the collection and at most one for its parts, and the document has one.
 */
function parseBounded(text: string): CST.Token[] | undefined {
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > STRUCTURE_BOUNDS.depth * 2 + 2) return undefined;
  }
  tokens.push(...parser.end());
  return tokens;
}

/** The library's own check compares all pairs of keys: hours for a text that is made for it. */
function repeatedField(document: Document.Parsed): number | undefined {
  let repeated: number | undefined;
  visit(document, {
    Map: (_key, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) {
          repeated = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        seen.add(name);
      }
      return undefined;
    },
  });
  return repeated;
}

interface BadAlias {
  readonly code: string;
  readonly offset: number;
  readonly problem: string;
}

function findBadAlias(document: Document.Parsed): BadAlias | undefined {
  let count = 0;
  let bad: BadAlias | undefined;
  visit(document, {
    Alias: (_key, alias) => {
      count += 1;
      const offset = alias.range?.[0] ?? 0;
      if (count > STRUCTURE_BOUNDS.aliases) {
        bad = { code: 'too-large', offset, problem: `more than ${STRUCTURE_BOUNDS.aliases} aliases (*name) are used` };
      } else if (alias.resolve(document) === undefined) {
        bad = {
          code: 'broken-syntax',
          offset,
          problem: `*${alias.source} refers to an anchor (&${alias.source}) that does not stand before it`,
        };
      }
      return bad === undefined ? undefined : visit.BREAK;
    },
  });
  return bad;
}

/** The library's words, except where they speak of its own settings. */
function plainWords(code: string, message: string): string {
  const [firstLine = message] = message.split('\n');
  const words = firstLine.replace(/ at line \d+, column \d+:?$/, '').replace(/[.:]$/, '');
  if (code === 'TAG_RESOLVE_FAILED') return words.replace(/^Unresolved tag/, 'tags are not allowed');
  if (code === 'NON_STRING_KEY') return 'a field name must be text';
  return words.charAt(0).toLowerCase() + words.slice(1);
}

function refused(text: string, code: string, offset: number, problem: string): ReadResult {
  return { ok: false, findings: [finding(text, code, offset, problem)] };
}

function finding(text: string, code: string, offset: number, problem: string): Finding {
  const at = indexLines(text)(offset);
  return {
    severity: 'error',
    code,
    message: `The YAML cannot be read at line ${at.line}, column ${at.column}: ${problem}.`,
    path: '',
    at,
  };
}

/** Where the value or, if it is missing, the nearest thing around it starts. */
function offsetOf(document: Document.Parsed, pointer: string): number {
  const segments = pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const segment of segments) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) break;
    const entry: unknown = isMap(node)
      ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === segment)
      : node.items[Number(segment)];
    const start: unknown = isPair(entry) ? entry.key : entry;
    if (start === undefined) break;
    offset = rangeStart(start) ?? offset;
    node = isPair(entry) ? entry.value : entry;
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) || isAlias(node) ? (node.range?.[0] ?? undefined) : undefined;
}
