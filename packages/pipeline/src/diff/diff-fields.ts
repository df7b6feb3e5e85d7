import { jsonPointer } from '../findings/json-path.ts';
import type { FieldChange } from './document-change.ts';

/**
 * The smallest set of fields that turn one value into the other. Objects are compared field by field, in any order;
 * lists as a whole, for an entry has no name by which to follow it.
 */
export function diffFields(before: unknown, after: unknown, path: readonly string[] = []): readonly FieldChange[] {
  if (isObject(before) && isObject(after)) {
    const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...fields].flatMap((field) => diffFields(own(before, field), own(after, field), [...path, field]));
  }
  if (isEqual(before, after)) return [];
  return [
    {
      path: jsonPointer(path),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  ];
}

function isEqual(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((entry, index) => isEqual(entry, right[index]));
  }
  if (isObject(left) && isObject(right)) return diffFields(left, right).length === 0;
  return left === right;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: Readonly<Record<string, unknown>>, field: string): unknown {
  return Object.hasOwn(value, field) ? value[field] : undefined;
}
