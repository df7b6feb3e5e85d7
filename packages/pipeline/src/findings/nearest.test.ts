import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test.each([
  ['', '', 0],
  ['retry', 'retry', 0],
  ['retry', 'rety', 1],
  ['attmepts', 'attempts', 1],
  ['retries', 'retry', 3],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('from %j to %j it takes %i changes', (left, right, distance) => {
  expect(editDistance(left, right)).toBe(distance);
  expect(editDistance(right, left)).toBe(distance);
});

test.each([
  ['retries', 'retry'],
  ['TIMEOUT', 'timeout'],
  ['wokers', 'workers'],
  ['colour', undefined],
  ['x', undefined],
  ['', undefined],
])('for %j the nearest field is %j', (word, expected) => {
  expect(nearest(word, ['workers', 'timeout', 'retry', 'breaker', 'rateLimit'])).toBe(expected);
});

test('a word of any length is compared at little cost', () => {
  expect(nearest('a'.repeat(1_000_000), ['timeout'])).toBeUndefined();
});
