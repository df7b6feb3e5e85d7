import { expect, test } from 'vitest';
import { causeOf } from './cause.ts';

test('numbers, ids and quoted values do not tell causes apart', () => {
  const first = {
    code: 'target-status',
    message: 'POST /orders/4711 answered 503 for "Anna" (3f2504e0-4f89-11d3-9a0c-0305e82c3301)',
  };
  const second = {
    code: 'target-status',
    message: 'POST /orders/12 answered 503 for "Ben" (9c858901-8a57-4791-81fe-4c455b099bc9)',
  };
  expect(causeOf(first)).toBe(causeOf(second));
});

test('codes and words do', () => {
  expect(causeOf({ code: 'target-status', message: 'refused' })).not.toBe(
    causeOf({ code: 'target-timeout', message: 'refused' }),
  );
  expect(causeOf({ code: 'x', message: 'no customer' })).not.toBe(causeOf({ code: 'x', message: 'no price' }));
});

test('a long message gives a short cause', () => {
  expect(causeOf({ code: 'x', message: 'a '.repeat(1_000) })).toHaveLength(200);
});
