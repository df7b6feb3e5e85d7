/** The payload of all benchmarks: an order event whose JSON is 512 bytes long. */
export interface OrderEvent {
  readonly id: string;
  readonly customer: string;
  readonly lines: readonly { readonly sku: string; readonly price: number; readonly qty: number }[];
  readonly note: string;
}

export const ORDER_EVENT_BYTES = 512;

export function orderEvent(number: number): OrderEvent {
  const event = {
    id: `order-${String(number).padStart(9, '0')}`,
    customer: `customer-${String(number % 1_000).padStart(4, '0')}`,
    lines: [
      { sku: 'SKU-1001', price: 19.95, qty: 2 },
      { sku: 'SKU-2002', price: 5.25, qty: 1 },
      { sku: 'SKU-3003', price: 129.5, qty: 4 },
    ],
    note: '',
  };
  return { ...event, note: 'x'.repeat(ORDER_EVENT_BYTES - JSON.stringify(event).length) };
}
