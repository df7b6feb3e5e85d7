import { expect, test } from 'vitest';
import { orderEvent } from '../order-event.ts';
import { isWorkedOn, NODE_RED_STEPS, ORDER_STEPS } from './order-steps.ts';

test('an event is worked on when all three steps have been taken', () => {
  const summed = ORDER_STEPS.sum(orderEvent(1));
  expect([orderEvent(1), summed, ORDER_STEPS.mark(orderEvent(1))].map((event) => isWorkedOn(event))).toEqual([
    false,
    false,
    false,
  ]);
  const tested = ORDER_STEPS.test(summed);
  expect(tested).toBe(summed);
  expect(isWorkedOn(ORDER_STEPS.mark(summed))).toBe(true);
});

test("Node-RED's function nodes do the same", () => {
  let message: unknown = { payload: orderEvent(1) };
  // The texts are our own, and are run here as Node-RED runs them: as bodies of functions of `msg`.
  // eslint-disable-next-line typescript/no-implied-eval
  for (const text of NODE_RED_STEPS) message = new Function('msg', text)(message) as unknown;
  expect(message).toEqual({ payload: ORDER_STEPS.mark(ORDER_STEPS.sum(orderEvent(1))) });
});
