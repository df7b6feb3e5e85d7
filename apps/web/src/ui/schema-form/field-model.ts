import { DURATION_PATTERN, RATE_PATTERN } from '@sluice/pipeline';
import type { FieldSchema } from './json-schema.ts';

export type Value = Readonly<Record<string, unknown>>;

export type FieldKind =
  | 'text'
  | 'multiline'
  | 'expression'
  | 'duration'
  | 'rate'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'choices'
  | 'list'
  | 'group'
  | 'secret'
  | 'headers'
  | 'json';

/** Words for a field whose schema has none, by dotted path. */
export interface FieldTexts {
  readonly label?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly placeholder?: string;
  readonly advanced?: boolean;
}

/** Which control enters a value of this schema. */
export function fieldKind(schema: FieldSchema, value: unknown): FieldKind {
  switch (schema.control) {
    case 'secret':
    case 'expression':
    case 'duration':
    case 'rate':
    case 'headers':
      return schema.control;
    case 'code':
      return 'expression';
    case 'multiline':
      return 'multiline';
    case 'url':
      return 'text';
    case 'bytes':
      return 'number';
    case undefined:
    default:
      return kindByType(schema, value);
  }
}

function kindByType(schema: FieldSchema, value: unknown): FieldKind {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) {
    const fitting = alternatives.find((alternative) =>
      typeof value === 'object' && value !== null ? alternative.type === 'object' : alternative.type !== 'object',
    );
    return fitting === undefined
      ? 'json'
      : alternatives.every((alternative) => alternative.type === 'string' || alternative.type === 'number')
        ? 'text'
        : fieldKind(fitting, value);
  }
  if (schema.enum !== undefined) return 'choice';
  if (schema.pattern === DURATION_PATTERN.source) return 'duration';
  if (schema.pattern === RATE_PATTERN.source) return 'rate';
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'object':
      return schema.properties === undefined ? 'json' : '$secret' in schema.properties ? 'secret' : 'group';
    case 'array':
      return schema.items?.enum !== undefined
        ? 'choices'
        : schema.items?.type === 'string' || schema.items?.type === 'integer' || schema.items?.type === 'number'
          ? 'list'
          : 'json';
    case undefined:
    default:
      return 'json';
  }
}

/** Whether a field counts, given its siblings. */
export function isShown(schema: FieldSchema, siblings: Value, group: FieldSchema): boolean {
  if (schema.showWhen === undefined) return true;
  const { field, in: values } = schema.showWhen;
  const current = siblings[field] ?? group.properties?.[field]?.default;
  return values.includes(current);
}

/** `capacityBytes` as `Capacity bytes`. */
export function labelFromKey(key: string): string {
  const words = key.replace(
    /([a-z])([A-Z])/g,
    (_all, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What is wrong with a value by its schema alone, as the end of a sentence; `null` when it may be kept. */
export function problemWith(schema: FieldSchema, value: unknown): string | null {
  if (value === undefined) return null;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) {
    const problems = alternatives.map((alternative) => problemWith(alternative, value));
    return problems.includes(null) ? null : (problems[0] ?? null);
  }
  if (typeof value === 'string') {
    if (schema.type === 'object' || schema.type === 'number' || schema.type === 'integer')
      return 'is not of the right kind';
    if (schema.pattern === DURATION_PATTERN.source && !DURATION_PATTERN.test(value))
      return 'is not a duration such as 200ms, 5s, 5m, 2h or 3d';
    if (schema.pattern === RATE_PATTERN.source && !RATE_PATTERN.test(value))
      return 'is not a rate such as 100/s or 30/m';
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
      return `does not have the form of ${examplesOf(schema)}`;
    if (schema.maxLength !== undefined && value.length > schema.maxLength)
      return `must not be longer than ${schema.maxLength} characters`;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'is not a number';
    if (schema.type === 'integer' && !Number.isInteger(value)) return 'must be a whole number';
    if (schema.minimum !== undefined && value < schema.minimum) return `must be at least ${schema.minimum}`;
    if (schema.maximum !== undefined && value > schema.maximum) return `must be at most ${schema.maximum}`;
  }
  return null;
}

function examplesOf(schema: FieldSchema): string {
  const examples = (schema.examples ?? []).filter((example) => typeof example === 'string');
  return examples.length === 0 ? 'what is asked for' : examples.join(' or ');
}

/** The record with one key set, or without it. */
export function withKey(record: Value, key: string, value: unknown): Value {
  const { [key]: _old, ...rest } = record;
  return value === undefined ? rest : { ...record, [key]: value };
}
