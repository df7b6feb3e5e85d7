import { FORMAT, type PipelineDocument } from '@sluice/pipeline';

/**
 * The pipeline of a first start: orders that come in bursts, over all three deliveries, without anything outside. The
 * shipping sink takes 12 a second, so its queue fills with every burst and drains again before the next.
 */
export const DEMO_DOCUMENT: PipelineDocument = {
  format: FORMAT,
  name: 'demo-orders',
  title: 'Demo: orders in bursts',
  notes:
    'Generated orders, in bursts. Watch "ship": it takes 12 a second, so w-ship fills with each burst (a pull wire keeps the backlog) while the event wires go their own speed and the push wire hands over at once. Send an order of your own: POST /hooks/demo-orders/placed.',
  nodes: [
    {
      id: 'orders',
      type: 'generator',
      title: 'Orders',
      config: {
        pattern: 'spike',
        rate: '4/s',
        peak: '40/s',
        spikeEvery: '40s',
        spikeFor: '6s',
        payload:
          '{ "id": "order-" & $string(seq), "customer": "c" & $string($floor($random() * 50)), "lines": [ { "price": $round($random() * 60 + 5, 2), "qty": $floor($random() * 4) + 1 }, { "price": $round($random() * 20 + 1, 2), "qty": 1 } ] }',
        key: 'customer',
      },
    },
    { id: 'placed', type: 'webhook', title: 'Orders from outside', config: { path: 'placed', key: 'customer' } },
    {
      id: 'price',
      type: 'transform',
      title: 'Price',
      config: { expression: "{ 'id': id, 'customer': customer, 'total': $round($sum(lines.(price * qty)), 2) }" },
    },
    {
      id: 'ship',
      type: 'log',
      title: 'Ship',
      config: { level: 'debug', message: '"ship " & id & " to " & customer' },
      work: { rateLimit: '12/s' },
    },
    { id: 'large', type: 'filter', title: 'Large orders', config: { expression: 'total > 150' } },
    {
      id: 'alert',
      type: 'log',
      title: 'Tell sales',
      config: { level: 'debug', message: '"large order " & id & ": " & $string(total)' },
    },
    { id: 'announce', type: 'topic-publish', title: 'Announce', config: { topic: 'demo.orders', key: 'customer' } },
    { id: 'heard', type: 'topic-subscribe', title: 'Announced orders', config: { topic: 'demo.orders' } },
    { id: 'ledger', type: 'log', title: 'Ledger', config: { level: 'debug', message: '"booked " & $string(total)' } },
  ],
  wires: [
    { id: 'w-orders', from: 'orders', to: 'price', delivery: 'pull' },
    { id: 'w-placed', from: 'placed', to: 'price', delivery: 'push' },
    { id: 'w-ship', from: 'price', to: 'ship', delivery: 'pull', queue: { capacity: 10_000, orderBy: 'customer' } },
    {
      id: 'w-large',
      from: 'price',
      to: 'large',
      delivery: 'event',
      log: { partitions: 2, retention: { age: '1h', bytes: 33_554_432 } },
    },
    { id: 'w-alert', from: 'large.match', to: 'alert', delivery: 'push' },
    {
      id: 'w-announce',
      from: 'price',
      to: 'announce',
      delivery: 'event',
      log: { partitions: 2, retention: { age: '1h', bytes: 33_554_432 } },
    },
    { id: 'w-ledger', from: 'heard', to: 'ledger', delivery: 'push' },
  ],
  layout: {
    orders: [0, 0],
    placed: [0, 200],
    price: [320, 80],
    ship: [680, -60],
    large: [680, 100],
    alert: [1000, 100],
    announce: [680, 260],
    heard: [0, 420],
    ledger: [320, 420],
  },
};
