import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareCursorValues } from './cursor-value.ts';

test.each([
  ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.500Z'],
  ['2026-01-01T00:00:00+02:00', '2026-01-01T00:00:00Z'],
  ['2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.123789Z'],
  ['2025-12-31', '2026-01-01T00:00:00Z'],
  ['99', '100'],
  ['9007199254740993', '9007199254740994'],
  ['007', '8'],
  ['a', 'b'],
  ['v10', 'v9'],
  [1, 2],
  [-1, 0.5],
] as const)('%j is before %j', (earlier, later) => {
  expect(compareCursorValues(earlier, later)).toBeLessThan(0);
  expect(compareCursorValues(later, earlier)).toBeGreaterThan(0);
  expect(compareCursorValues(earlier, earlier)).toBe(0);
});

test('whole numbers compare alike as numbers and as texts', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(Math.sign(compareCursorValues(String(a), String(b)))).toBe(Math.sign(compareCursorValues(a, b)));
    }),
  );
});
