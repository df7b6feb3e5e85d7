import type { z } from 'zod';
import { shortened } from './json-path.ts';

/**
 * zod's error map in plain words: the second half of a sentence whose subject is the field. A schema's own message
 * comes before it, so schemas word theirs alike: `is not a duration such as 5s`.
 */
export function plainReason(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `must be ${typeName(issue.expected)}, not ${valueName(issue.input)}`;
    case 'invalid_value': {
      const allowed = wordList(issue.values.map((value) => `\`${String(value)}\``));
      if (issue.input === undefined) return `is missing: it must be ${allowed}`;
      return `must be ${allowed}, not ${valueName(issue.input)}`;
    }
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'invalid_format':
      return wrongForm(issue);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      return unionReason(issue);
    case 'invalid_key':
      return 'is not an allowed name';
    case 'invalid_element':
      return 'has an entry that is not allowed';
    case 'unrecognized_keys':
      return 'has unknown fields';
    case 'custom':
      return 'is not allowed';
    default:
      return undefined;
  }
}

/** `a`, `a or b`, `a, b or c`. */
export function wordList(words: readonly string[], joint = 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${joint} ${words.at(-1)}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  nonoptional: 'given',
};

function typeName(expected: string): string {
  return TYPE_NAMES[expected] ?? expected;
}

/** What the user wrote, shown if it is short. */
export function valueName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `"${shortened(value)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

type RawIssue<Code> = Extract<z.core.$ZodRawIssue, { readonly code: Code }>;

function tooSmall(issue: RawIssue<'too_small'>): string {
  if (issue.origin === 'string')
    return issue.minimum === 1 ? 'must not be empty' : `must have at least ${issue.minimum} characters`;
  if (issue.origin === 'array') return `must have ${issue.exact === true ? '' : 'at least '}${entries(issue.minimum)}`;
  return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}, not ${valueName(issue.input)}`;
}

function tooBig(issue: RawIssue<'too_big'>): string {
  if (issue.origin === 'string') return `must have at most ${issue.maximum} characters`;
  if (issue.origin === 'array') return `must have ${issue.exact === true ? '' : 'at most '}${entries(issue.maximum)}`;
  return `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}, not ${valueName(issue.input)}`;
}

function entries(count: number | bigint): string {
  return Number(count) === 1 ? '1 entry' : `${count} entries`;
}

function wrongForm(issue: RawIssue<'invalid_format'>): string {
  const known: Readonly<Record<string, string>> = {
    url: 'a URL',
    email: 'an e-mail address',
    datetime: 'a date and time',
    uuid: 'a UUID',
  };
  const name = known[issue.format];
  if (name !== undefined) return `must be ${name}, not ${valueName(issue.input)}`;
  if (issue.format === 'starts_with') return `must start with ${valueName(issue['prefix'])}`;
  if (issue.format === 'ends_with') return `must end with ${valueName(issue['suffix'])}`;
  if (issue.format === 'includes') return `must contain ${valueName(issue['includes'])}`;
  return issue.format === 'regex'
    ? `is not allowed: ${valueName(issue.input)} has the wrong form`
    : `must be a valid ${issue.format}`;
}

function unionReason(issue: RawIssue<'invalid_union'>): string {
  const options = issue['options'];
  if (Array.isArray(options)) {
    const allowed = wordList(options.map((option) => `\`${String(option)}\``));
    const field = issue['discriminator'];
    const written =
      typeof field === 'string' &&
      typeof issue.input === 'object' &&
      issue.input !== null &&
      Object.hasOwn(issue.input, field);
    if (!written) return `is missing: it must be ${allowed}`;
    // The discriminator was found on the object just above.
    return `must be ${allowed}, not ${valueName((issue.input as Readonly<Record<string, unknown>>)[field])}`;
  }
  const expected = issue.errors.flatMap((branch) => {
    const [first] = branch;
    return first !== undefined && first.code === 'invalid_type' && first.path.length === 0
      ? [typeName(first.expected)]
      : [];
  });
  if (expected.length > 0) return `must be ${wordList([...new Set(expected)])}, not ${valueName(issue.input)}`;
  return 'has none of the allowed forms';
}
