import type { z } from 'zod';
import type { Finding } from '../finding.ts';
import { jsonPointer, spokenPath, valueAt, type JsonPath } from './json-path.ts';
import { nearest } from './nearest.ts';
import { wordList } from './plain-reason.ts';
import { fieldsOf, schemaAt } from './schema-at.ts';

type Issue = z.core.$ZodIssue;

export interface IssueContext {
  readonly schema: z.core.$ZodType;
  /** What the schema was given. */
  readonly value: unknown;
  /** Where that stands in the document. */
  readonly base: JsonPath;
  /** Takes an unknown field over when it deserves a better message than the general one. */
  readonly explainUnknownField?: (path: JsonPath) => Omit<Finding, 'path'> | undefined;
  /** Names the owner of the fields directly below `base`: `the document`, `the config of http-request`. */
  readonly owner: string;
  readonly codeFor?: (issue: Issue) => string;
}

/** One finding per wrong thing. Expects issues worded by `plainReason`. */
export function issuesToFindings(issues: readonly Issue[], context: IssueContext): readonly Finding[] {
  const findings = issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownField([...toPath(issue.path), key], context));
    if (issue.code === 'invalid_union') return unionFindings(issue, context);
    if (issue.code === 'invalid_key') return [{ ...plainFinding(issue, context), ...keyMessage(issue, context) }];
    return [plainFinding(issue, context)];
  });
  // An empty text is also malformed: the first thing said about a value is enough.
  const seen = new Set<string>();
  return findings.filter(({ path }) => !seen.has(path) && seen.add(path));
}

function plainFinding(issue: Issue, context: IssueContext): Finding {
  const path = [...context.base, ...toPath(issue.path)];
  const suggestion = nearestValue(issue, context);
  const subject = path.length === 0 ? 'The document' : `\`${spokenPath(path)}\``;
  return {
    severity: 'error',
    code: context.codeFor?.(issue) ?? codeOf(issue, context),
    message: sentence(subject, issue.message, suggestion),
    path: jsonPointer(path),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function keyMessage(issue: Issue & { readonly code: 'invalid_key' }, context: IssueContext): Pick<Finding, 'message'> {
  const reason = issue.issues[0]?.message ?? issue.message;
  return {
    message: sentence(
      `\`${spokenPath([...context.base, ...toPath(issue.path)])}\``,
      `has a name that is not allowed: it ${reason}`,
    ),
  };
}

/**
 * Of a union's branches the one that was meant tells most: the one that did not fail already at the kind of value.
 * Where none or several remain, the union speaks for itself.
 */
function unionFindings(issue: Issue & { readonly code: 'invalid_union' }, context: IssueContext): readonly Finding[] {
  const meant = issue.errors.filter(
    (branch) => !branch.some((nested) => nested.code === 'invalid_type' && nested.path.length === 0),
  );
  const [only] = meant;
  if (meant.length !== 1 || only === undefined) return [plainFinding(issue, context)];
  const nested = only.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  return issuesToFindings(nested, context);
}

function unknownField(path: JsonPath, context: IssueContext): Finding {
  const full = [...context.base, ...path];
  const explained = context.explainUnknownField?.(path);
  if (explained !== undefined) return { ...explained, path: jsonPointer(full) };
  const parent = path.slice(0, -1);
  const schema = schemaAt(context.schema, context.value, parent);
  const suggestion = fieldSuggestion(String(path.at(-1)), schema, valueAt(context.value, parent));
  const known = suggestion === undefined ? knownFields(schema) : '';
  return {
    severity: 'error',
    code: 'unknown-field',
    message: sentence(`\`${spokenPath(full)}\``, `is not a field of ${ownerName(parent, context)}${known}`, suggestion),
    path: jsonPointer(full),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** A field of one of the objects below, such as `timeout` written beside `work`, or else the nearest field not yet used. */
function fieldSuggestion(key: string, schema: z.core.$ZodType | undefined, owner: unknown): string | undefined {
  const fields = fieldsOf(schema);
  if (schema === undefined || fields === undefined) return undefined;
  const inner = Object.keys(fields).find((field) => {
    const below = fieldsOf(schemaAt(schema, undefined, [field]));
    return below !== undefined && Object.hasOwn(below, key);
  });
  if (inner !== undefined) return `${inner}.${key}`;
  const unused = Object.keys(fields).filter(
    (field) => typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, field),
  );
  return nearest(key, unused);
}

function knownFields(schema: z.core.$ZodType | undefined): string {
  const names = Object.keys(fieldsOf(schema) ?? {});
  return names.length === 0
    ? ''
    : `, which has ${wordList(
        names.map((name) => `\`${name}\``),
        'and',
      )}`;
}

function ownerName(parent: JsonPath, context: IssueContext): string {
  if (parent.length === 0) return context.owner;
  const name = parent.findLast((segment) => typeof segment === 'string');
  if (typeof parent.at(-1) === 'string') return String(name);
  if (context.base.length > 0 || parent.length > 2) return `an entry of ${String(name)}`;
  const delivery = valueAt(context.value, [...parent, 'delivery']);
  return name === 'wires' ? `a ${String(delivery)} wire` : 'a node';
}

function nearestValue(issue: Issue, context: IssueContext): string | undefined {
  const written = valueAt(context.value, toPath(issue.path));
  if (typeof written !== 'string') return undefined;
  if (issue.code === 'invalid_value') return nearest(written, issue.values.map(String));
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options))
    return nearest(written, issue.options.map(String));
  return undefined;
}

function codeOf(issue: Issue, context: IssueContext): string {
  const missing = valueAt(context.value, toPath(issue.path)) === undefined;
  switch (issue.code) {
    case 'invalid_type':
      return missing ? 'missing-field' : 'wrong-type';
    case 'invalid_value':
      return missing ? 'missing-field' : 'unknown-value';
    case 'invalid_union':
      if (missing) return 'missing-field';
      return 'options' in issue ? 'unknown-value' : 'wrong-type';
    case 'too_small':
    case 'too_big':
    case 'not_multiple_of':
      return 'out-of-range';
    case 'invalid_format':
    case 'invalid_key':
    case 'unrecognized_keys':
    case 'invalid_element':
    case 'custom':
      return 'malformed';
  }
}

/** A schema's own message may be a sentence of its own; it then follows a colon. */
function sentence(subject: string, reason: string, suggestion?: string): string {
  const text = reason.replace(/\.$/, '');
  const joined = /^(is|are|must|may|has|have|holds?|needs?|cannot|can|does|names?)\b/.test(text)
    ? `${subject} ${text}.`
    : `${subject}: ${text}.`;
  return suggestion === undefined ? joined : `${joined} Did you mean \`${suggestion}\`?`;
}

function toPath(path: readonly PropertyKey[]): JsonPath {
  return path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
}
