import { expect, test } from 'vitest';
import { createTally } from './tally.ts';

test('is complete when every message has come out once, in any order', async () => {
  const tally = createTally(3);
  for (const number of [2, 0, 1]) tally.see(number);
  await tally.complete;
  expect(() => tally.assertExact()).not.toThrow();
});

test('tells what is missing', () => {
  const tally = createTally(3);
  tally.see(1);
  expect(() => tally.assertExact()).toThrow('2 of 3 messages did not come out');
});

test.each([
  [[0, 0], 'message 0 came out twice'],
  [[0, 1, 1], 'message 1 came out twice'],
  [[7], 'message 7 came out and was never put in'],
  [[Number.NaN], 'message NaN came out and was never put in'],
])('%j is a fault', async (numbers, text) => {
  const tally = createTally(3);
  for (const number of numbers) tally.see(number);
  await expect(tally.complete).rejects.toThrow(text);
  expect(() => tally.assertExact()).toThrow(text);
});

test('a message that comes again after completion is a fault', async () => {
  const tally = createTally(1);
  tally.see(0);
  await tally.complete;
  tally.see(0);
  expect(() => tally.assertExact()).toThrow('message 0 came out twice');
});
