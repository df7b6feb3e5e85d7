import type { Json } from '@sluice/engine';
import { isFunction } from './is-function.ts';
import { EXPRESSION_LIMITS, ExpressionLimitError } from './limits.ts';

/** The evaluator gave something that is not data: a function, or a number that JSON cannot hold. */
export class NotDataError extends Error {
  override readonly name = 'NotDataError';
  readonly code = 'expression-not-data';
}

/**
 * Plain JSON of a result. The evaluator's sequences are arrays with marks on them and its objects have no prototype;
 * what leaves here is neither, shares nothing with the input, and is within bounds.
 */
export function toJson(result: unknown): Json | undefined {
  let values = 0;
  let characters = 0;

  function countText(text: string): string {
    characters += text.length;
    if (characters > EXPRESSION_LIMITS.characters) {
      throw new ExpressionLimitError(`the result is longer than ${EXPRESSION_LIMITS.characters} characters`);
    }
    return text;
  }

  function convert(value: unknown, path: string, depth: number): Json | undefined {
    values += 1;
    if (values > EXPRESSION_LIMITS.values) {
      throw new ExpressionLimitError(`the result holds more than ${EXPRESSION_LIMITS.values} values`);
    }
    if (depth > EXPRESSION_LIMITS.resultDepth) {
      throw new ExpressionLimitError(`the result is nested deeper than ${EXPRESSION_LIMITS.resultDepth}`);
    }
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') return countText(value);
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new NotDataError(`the result holds ${value} at ${path}`);
      return value;
    }
    if (value === undefined) return undefined;
    if (isFunction(value)) throw new NotDataError(`the result holds a function at ${path}`);
    if (Array.isArray(value)) {
      return value.map((member, index) => convert(member, `${path}[${index}]`, depth + 1) ?? null);
    }
    if (typeof value !== 'object') throw new NotDataError(`the result holds a ${typeof value} at ${path}`);

    const object: Record<string, Json> = {};
    for (const [name, member] of Object.entries(value)) {
      if (name === '__proto__') throw new NotDataError(`the result holds a field named __proto__ at ${path}`);
      const json = convert(member, `${path}.${name}`, depth + 1);
      if (json !== undefined) object[countText(name)] = json;
    }
    return object;
  }

  return convert(result, '$', 0);
}
