/** The payload of all benchmarks: an order event whose JSON is 512 bytes long. A type and not an interface, so that it is JSON to TypeScript, too. */
export type OrderEvent = {
  readonly id: string;
  readonly customer: string;
  readonly lines: readonly { readonly sku: string; readonly price: number; readonly qty: number }[];
  readonly note: string;
};

export const ORDER_EVENT_BYTES = 512;

const ID_PREFIX = 'order-';

export function orderEvent(number: number): OrderEvent {
  return {
    id: `${ID_PREFIX}${String(number).padStart(9, '0')}`,
    customer: `customer-${String(number % 1_000).padStart(4, '0')}`,
    lines: [
      { sku: 'SKU-1001', price: 19.95, qty: 2 },
      { sku: 'SKU-2002', price: 5.25, qty: 1 },
      { sku: 'SKU-3003', price: 129.5, qty: 4 },
    ],
    note: NOTE,
  };
}

/** The number that an event was made with; NaN when it is none of ours. */
export function orderNumber(event: unknown): number {
  const id = typeof event === 'object' && event !== null && 'id' in event ? event.id : undefined;
  return typeof id === 'string' && id.startsWith(ID_PREFIX) ? Number(id.slice(ID_PREFIX.length)) : Number.NaN;
}

/** All parts of an event but this have the same length for every number. */
const NOTE = 'x'.repeat(319);
