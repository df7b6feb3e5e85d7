import { expect, test } from 'vitest';
import { ORDER_EVENT_BYTES, orderEvent, orderNumber } from './order-event.ts';

test.each([0, 7, 999_999_999])('order event %i is as long as it says, and tells its number', (number) => {
  const event = orderEvent(number);
  expect(Buffer.byteLength(JSON.stringify(event))).toBe(ORDER_EVENT_BYTES);
  expect(orderNumber(JSON.parse(JSON.stringify(event)))).toBe(number);
});

test.each([null, 'order-1', {}, { id: 7 }, { id: 'other-1' }])('%j is no order event', (event) => {
  expect(orderNumber(event)).toBeNaN();
});
