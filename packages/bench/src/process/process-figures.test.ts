import { expect, test } from 'vitest';
import { ticksOf } from './process-figures.ts';

test('the times are found behind a name with brackets and spaces', () => {
  const stat = '42 (a) strange (name) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 7 8 20 0 11 0 12345';
  expect(ticksOf(stat)).toBe(300);
});
