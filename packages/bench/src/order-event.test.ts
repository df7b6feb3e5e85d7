import { expect, test } from 'vitest';
import { ORDER_EVENT_BYTES, orderEvent } from './order-event.ts';

test.each([0, 7, 999_999_999])('order event %i is as long as it says', (number) => {
  expect(Buffer.byteLength(JSON.stringify(orderEvent(number)))).toBe(ORDER_EVENT_BYTES);
});
