import { expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';

const draws = (seed: number): readonly number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 1_000 }, () => random.next());
};

test('one seed gives one sequence, another seed another', () => {
  expect(draws(7)).toEqual(draws(7));
  expect(draws(7)).not.toEqual(draws(8));
});

test('draws lie in [0, 1) and fill it', () => {
  const drawn = draws(42);
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
  expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(0.5, 1);
});
