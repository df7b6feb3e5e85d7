import { expect, test } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { deadLetterShelf } from '../ports/message-store.ts';
import { createDeadLetterShelf, isShelf, withinShelf } from './dead-letter-shelf.ts';

function aShelf() {
  const clock = createTestClock();
  const changes: string[] = [];
  const bounds = { messages: 10, bytes: 1_000 };
  const shelf = createDeadLetterShelf({ bounds: () => bounds, clock, onChange: (state) => changes.push(state) });
  return { shelf, clock, changes, bounds };
}

test('C8 holds from the refusal on until letters are gone', () => {
  const { shelf, clock, changes } = aShelf();
  shelf.review({ messages: 10, bytes: 500 });
  expect(shelf.hold()).toBeUndefined();
  shelf.refused();
  shelf.refused();
  expect([shelf.hold()?.by, shelf.fullSince()]).toEqual(['dead letters', clock.now()]);
  shelf.review({ messages: 10, bytes: 500 });
  shelf.review({ messages: 10, bytes: 500 });
  expect(changes).toEqual(['full']);
  shelf.review({ messages: 9, bytes: 450 });
  expect([shelf.hold(), shelf.fullSince(), changes]).toEqual([undefined, undefined, ['full', 'open']]);
});

test('C8 is not tried again for room that was there already', () => {
  const { shelf } = aShelf();
  shelf.refused();
  for (let second = 0; second < 5; second += 1) shelf.review({ messages: 2, bytes: 900 });
  expect(shelf.hold()).toBeDefined();
  shelf.review({ messages: 2, bytes: 899 });
  expect(shelf.hold()).toBeUndefined();
});

test('C8 opens when its bounds are raised', () => {
  const { shelf, bounds } = aShelf();
  shelf.refused();
  shelf.review({ messages: 10, bytes: 500 });
  bounds.messages = 11;
  shelf.review({ messages: 10, bytes: 500 });
  expect(shelf.hold()).toBeUndefined();
});

test('C4 every dead letter of a commit gets the bounds, unless it has its own', () => {
  const limit = { messages: 1, bytes: 2 };
  const own = { messages: 3, bytes: 4 };
  const letter = { id: 'l' } as never; // only its place in the operation matters here
  const cursor = { op: 'cursor', source: 's', value: 1 } as const;
  expect(
    withinShelf([cursor, { op: 'dead-letter', letter }, { op: 'dead-letter', letter, limit: own }], limit),
  ).toEqual([cursor, { op: 'dead-letter', letter, limit }, { op: 'dead-letter', letter, limit: own }]);
  expect([isShelf(deadLetterShelf('p')), isShelf('p/w1')]).toEqual([true, false]);
});
