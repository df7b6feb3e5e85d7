import { expect, test } from 'vitest';
import { createTimeOrderedIds } from './time-ordered-ids.ts';

test('ids are safe in addresses, never the same, and sort as they were made', () => {
  let now = 1_795_402_843_574;
  const ids = createTimeOrderedIds({ now: () => now });
  const made: string[] = [];
  for (let count = 0; count < 5_000; count += 1) {
    if (count % 7 === 0) now += 1;
    // The clock is set back by an hour now and then.
    if (count % 1_000 === 999) now -= 3_600_000;
    made.push(ids.next());
  }
  expect(new Set(made).size).toBe(made.length);
  expect(made.toSorted()).toEqual(made);
  for (const id of made) expect(id).toMatch(/^[0-9a-z]{26}$/);
});

test('two sources give different ids in the same millisecond', () => {
  const clock = { now: () => 1_000 };
  expect(createTimeOrderedIds(clock).next()).not.toBe(createTimeOrderedIds(clock).next());
});
