import type { OrderEvent } from '../order-event.ts';

/** The work of the three nodes on an order event: sum, test, set a field. */
export const ORDER_STEPS = {
  sum: (event: OrderEvent) => ({
    ...event,
    total: event.lines.reduce((total, { price, qty }) => total + price * qty, 0),
  }),
  test: <Event extends { readonly customer: string }>(event: Event) => (event.customer === '' ? undefined : event),
  mark: <Event extends object>(event: Event) => ({ ...event, checked: true }),
} as const;

/** The same as the text of Node-RED's function nodes, which may change the message in place. */
export const NODE_RED_STEPS = [
  'let total = 0; for (const line of msg.payload.lines) total += line.price * line.qty; msg.payload.total = total; return msg;',
  "return msg.payload.customer === '' ? null : msg;",
  'msg.payload.checked = true; return msg;',
] as const;

/** The same in the product's own expressions. */
export const EXPRESSIONS = {
  sum: '$merge([$, { "total": $sum(lines.(price * qty)) }])',
  test: "customer != ''",
  mark: '$merge([$, { "checked": true }])',
} as const;

/** What every side must have made of an event, or it did not do the work. */
export function isWorkedOn(event: unknown): boolean {
  if (typeof event !== 'object' || event === null || !('total' in event) || !('checked' in event)) return false;
  return event.checked === true && typeof event.total === 'number' && Math.abs(event.total - TOTAL) < 0.01;
}

/** 2 x 19.95 + 5.25 + 4 x 129.5 */
const TOTAL = 563.15;
