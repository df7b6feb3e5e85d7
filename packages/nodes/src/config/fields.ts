import { DURATION_PATTERN, durationMs, RATE_PATTERN, ratePerSecond, secretReference } from '@sluice/pipeline';
import { z } from 'zod';
import type { FieldHints } from './field-hints.ts';

const EXPRESSION_LENGTH_MAX = 20_000;
const URL_LENGTH_MAX = 4_000;

/** A JSONata expression. Its syntax is checked when the node is prepared: the parser is too heavy for a definition. */
export function expressionField(hints: FieldHints) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(EXPRESSION_LENGTH_MAX)
    .meta({ control: 'expression', ...hints });
}

/** A duration within bounds, such as `5s`. */
export function durationField(bounds: { readonly min: string; readonly max: string }, hints: FieldHints) {
  const [min, max] = [durationMs(bounds.min), durationMs(bounds.max)];
  return z
    .string()
    .regex(DURATION_PATTERN, 'is not a duration such as 200ms, 5s, 5m, 2h or 3d')
    .refine((text) => !DURATION_PATTERN.test(text) || durationMs(text) >= min, `must be at least ${bounds.min}`)
    .refine((text) => !DURATION_PATTERN.test(text) || durationMs(text) <= max, `must be at most ${bounds.max}`)
    .meta({ control: 'duration', ...hints });
}

/** A rate up to a bound, such as `100/s`. */
export function rateField(maxPerSecond: number, hints: FieldHints) {
  return z
    .string()
    .regex(RATE_PATTERN, 'is not a rate such as 100/s or 30/m')
    .refine((text) => !RATE_PATTERN.test(text) || ratePerSecond(text) > 0, 'must be above zero')
    .refine(
      (text) => !RATE_PATTERN.test(text) || ratePerSecond(text) <= maxPerSecond,
      `must be at most ${maxPerSecond}/s`,
    )
    .meta({ control: 'rate', ...hints });
}

/** A reference to a secret. A schema of its own instead of the shared one, so that it carries its own title. */
export function secretField(hints: FieldHints) {
  return z.strictObject(secretReference.shape).meta({ control: 'secret', ...hints });
}

/** An absolute http or https address. Whether it may be called is the egress gateway's affair, at each call. */
export function urlField(hints: FieldHints) {
  return z
    .string()
    .max(URL_LENGTH_MAX)
    .superRefine((text, check) => {
      const complaint = complaintAboutUrl(text);
      if (complaint !== undefined) check.addIssue({ code: 'custom', message: complaint });
    })
    .meta({ control: 'url', ...hints });
}

function complaintAboutUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not an absolute address such as https://example.com/orders';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password: use a secret header';
  return undefined;
}

/** Characters that RFC 9110 allows in a header name. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

export function headerNameField(hints: FieldHints) {
  return z
    .string()
    .min(1)
    .max(100)
    .regex(HEADER_NAME, 'is not a header name')
    .meta({ ...hints });
}

/** Set by the connection or by the node itself. */
const RESERVED_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-authorization',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-sluice-attempt',
]);

/** Headers of an outgoing call: each value is a text or a secret. */
export function headersField(hints: FieldHints) {
  const name = z
    .string()
    .max(100)
    .regex(HEADER_NAME, 'is not a header name')
    .refine((text) => !RESERVED_HEADERS.has(text.toLowerCase()), 'is set by the node itself');
  const text = z
    .string()
    .max(8_000)
    .regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII on one line');
  return z.record(name, z.union([text, secretReference])).meta({ control: 'headers', ...hints });
}

/** Name of a topic of the internal bus. */
export function topicField(hints: FieldHints) {
  return z
    .string()
    .min(1)
    .max(100)
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be lower-case letters, digits, ., - and _, starting with a letter or digit')
    .meta({ ...hints });
}
