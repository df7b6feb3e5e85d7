import type { Json } from '@sluice/engine';

/** The input holds a name that means something to the evaluator itself. */
class UnsafeInputError extends Error {
  override readonly name = 'UnsafeInputError';
  readonly code = 'expression-failed';
}

/** The evaluator takes objects with these marks for functions: data must not be able to pose as one. */
const RESERVED = new Set(['__proto__', '_jsonata_lambda', '_jsonata_function']);

/**
 * A copy for the evaluator to work on. Some operators write to what they are given: `|...|...|` by design, grouping and
 * `[]` by oversight; and a message is never changed.
 */
export function copyInput(value: Json | undefined): Json | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((member: Json) => copyInput(member) ?? null);

  const copy: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (RESERVED.has(name)) throw new UnsafeInputError(`the payload holds a field named ${name}`);
    copy[name] = copyInput(member) ?? null;
  }
  return copy;
}
