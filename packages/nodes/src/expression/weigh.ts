import { isFunction } from './is-function.ts';
import { EXPRESSION_LIMITS, ExpressionLimitError } from './limits.ts';

/**
 * Counts the values that a container would have if it were written out, with shared parts counted each time.
 *
 * Needed because sharing is free: thirty steps of `{ "a": $x, "b": $x }` take thirty objects and write out to a
 * thousand million, so whatever walks over the value afterwards (comparison, text, JSON) would never end.
 */
export function createScale(): (value: unknown) => void {
  const weights = new WeakMap<object, number>();

  function weigh(value: unknown, depth: number): number {
    if (typeof value !== 'object' || value === null || isFunction(value)) return 1;
    const known = weights.get(value);
    if (known !== undefined) return known;
    if (depth > EXPRESSION_LIMITS.depth) throw new ExpressionLimitError('a value is nested too deeply');
    // Entered before the members, so that a container that holds itself is not followed round.
    weights.set(value, 1);
    let weight = 1;
    for (const member of Array.isArray(value) ? value : Object.values(value)) weight += weigh(member, depth + 1);
    weights.set(value, weight);
    return weight;
  }

  return (value) => {
    if (weigh(value, 0) > EXPRESSION_LIMITS.values) {
      throw new ExpressionLimitError(`a value holds more than ${EXPRESSION_LIMITS.values} values`);
    }
  };
}
