import { expect, test } from 'vitest';
import { median, percentile } from './percentile.ts';

test.each([
  [[3], 3],
  [[1, 9, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test.each([
  [0, 1],
  [0.99, 99.01],
  [1, 100],
])('%d of the numbers from 1 to 100 lie below %d', (share, expected) => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(values, share)).toBeCloseTo(expected, 10);
});

test('nothing has no median', () => {
  expect(() => median([])).toThrow(RangeError);
});
