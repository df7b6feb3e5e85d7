import { expect, test } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const NOON = Date.UTC(2026, 5, 1, 12);

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Mon, 01 Jun 2026 12:02:00 GMT', 120_000],
  ['Mon, 01 Jun 2026 11:00:00 GMT', 0],
  ['99999999999', 86_400_000],
  ['Fri, 31 Dec 2027 00:00:00 GMT', 86_400_000],
  ['-1', undefined],
  ['1.5', undefined],
  ['abc', undefined],
  ['', undefined],
  ['2026-06-01T12:02:00Z', undefined],
  ['Mon, 99 Jun 2026 12:02:00 GMT', undefined],
  [undefined, undefined],
])('%j asks for %j', (text, expected) => {
  expect(parseRetryAfter(text, NOON)).toBe(expected);
});
