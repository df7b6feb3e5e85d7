import type { Finding } from '../finding.ts';
import { jsonPointer, shortened, spokenPath } from '../findings/json-path.ts';

/** Bounds of a document before anyone looks at what it says. Ample for the largest that the schema admits. */
export const STRUCTURE_BOUNDS = {
  /** Characters of a text. */
  textLength: 4 * 1024 * 1024,
  /** Characters of a YAML text, which takes longer to read. */
  yamlLength: 1024 * 1024,
  /** Objects and lists within each other. */
  depth: 64,
  /** Values in total: each entry of an object or list, however often an alias repeats it. */
  values: 250_000,
  /** Characters of one text value. */
  stringLength: 1024 * 1024,
  /** Findings that are told one by one. */
  findings: 100,
  /** Uses of YAML anchors. */
  aliases: 100,
} as const;

/** Field names that reach into JavaScript's object machinery. No document needs them. */
const FORBIDDEN_FIELDS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The first thing about a value's build that makes it unsafe to work on, or `undefined`. Walks with its own stack, so
 * depth costs no call stack, and ends on cyclic input because of the bound on depth.
 */
export function findUnsafeStructure(input: unknown): Finding | undefined {
  let values = 0;
  const pending: { readonly value: unknown; readonly path: readonly (string | number)[] }[] = [
    { value: input, path: [] },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, path } = next;
    values += 1;
    if (values > STRUCTURE_BOUNDS.values) {
      return refusal(
        'too-large',
        `The document has more than ${STRUCTURE_BOUNDS.values} values. Split the pipeline into several.`,
        [],
      );
    }
    if (typeof value === 'string' && value.length > STRUCTURE_BOUNDS.stringLength) {
      return refusal(
        'too-large',
        `\`${spokenPath(path)}\` has more than ${STRUCTURE_BOUNDS.stringLength} characters.`,
        path,
      );
    }
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= STRUCTURE_BOUNDS.depth) return tooDeep(path);
    if (Array.isArray(value)) {
      if (value.length > STRUCTURE_BOUNDS.values)
        return refusal(
          'too-large',
          `\`${spokenPath(path)}\` has ${value.length} entries: too many for a document.`,
          path,
        );
      for (let index = value.length - 1; index >= 0; index -= 1)
        pending.push({ value: value[index], path: [...path, index] });
      continue;
    }
    const fields = Object.keys(value);
    for (const field of fields.reverse()) {
      if (FORBIDDEN_FIELDS.has(field)) {
        return refusal(
          'forbidden-field',
          `\`${spokenPath([...path, field])}\` is a field name that documents may not use. Rename it.`,
          [...path, field],
        );
      }
      pending.push({ value: (value as Readonly<Record<string, unknown>>)[field], path: [...path, field] });
    }
  }
  return undefined;
}

function tooDeep(path: readonly (string | number)[]): Finding {
  return refusal(
    'too-deep',
    `The document is nested more than ${STRUCTURE_BOUNDS.depth} levels deep${path.length === 0 ? '' : ` at \`${shortened(spokenPath(path))}\``}.`,
    path,
  );
}

function refusal(code: string, message: string, path: readonly (string | number)[]): Finding {
  return { severity: 'error', code, message, path: jsonPointer(path) };
}
