import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { PipelineDocument, WireDocument } from '@sluice/pipeline';
import { describe, expect, test } from 'vitest';
import { deliveryConsequences } from './consequences.ts';

const ORDERS: PipelineDocument = {
  format: 'sluice/v1',
  name: 'orders',
  nodes: [
    { id: 'in', type: 'webhook', title: 'Orders in', config: { path: 'placed' } },
    { id: 'price', type: 'transform', title: 'Price', config: { expression: '$' } },
    {
      id: 'ship',
      type: 'http-request',
      title: 'Ship',
      config: { url: 'http://127.0.0.1:9/ship' },
      work: { workers: 4, rateLimit: '150/s' },
    },
    { id: 'audit', type: 'log', title: 'Audit', config: {} },
  ],
  wires: [
    { id: 'w1', from: 'in', to: 'price', delivery: 'push' },
    { id: 'w2', from: 'price', to: 'ship', delivery: 'pull', queue: { capacity: 36_000 } },
    { id: 'w3', from: 'price', to: 'audit', delivery: 'event' },
  ],
};

const withRate = (rate: string): PipelineDocument => ({ ...ORDERS, objectives: { rate } });
type Delivering<D> = D extends WireDocument ? Omit<D, 'id' | 'from' | 'to'> : never;
const wire = (part: Delivering<WireDocument>): WireDocument => ({ id: 'w2', from: 'price', to: 'ship', ...part });

function means(document: PipelineDocument, subject: WireDocument) {
  const consequences = deliveryConsequences(document, nodeCatalogue, subject);
  if (consequences === undefined) throw new Error('both ends of the wire exist');
  return consequences;
}

describe('push', () => {
  test('makes the outside caller own retries, at the head of the chain', () => {
    const { retries, coupling, latency } = means(ORDERS, wire({ delivery: 'push' }));
    expect(retries).toContain('The sender of Orders in');
    expect(coupling).toContain('Price calls Ship');
    expect(latency).toContain('the sender of Orders in');
  });

  test('counts the calls that fit, and says what the next one meets', () => {
    const { pace, burst } = means(
      ORDERS,
      wire({ delivery: 'push', call: { concurrency: 3, line: 7, deadline: '2s' } }),
    );
    expect(pace).toBe('Price: up to 3 calls at once, 7 more in line.');
    expect(burst).toContain('refused at once');
    expect(burst).toContain('Orders in answers its sender 429');
    expect(means(ORDERS, wire({ delivery: 'push', call: { overflow: 'wait', deadline: '2s' } })).burst).toContain(
      'waits up to 2 s',
    );
  });

  test('says what becomes of a call that finds no place', () => {
    const shed = means(ORDERS, wire({ delivery: 'push', call: { overflow: 'shed', priority: 'urgency' } }));
    expect(shed.burst).toContain('takes the place of one of a lower priority');
    const spill = means(ORDERS, wire({ delivery: 'push', call: { overflow: 'spill', spill: { capacity: 500 } } }));
    expect(spill.burst).toContain('goes to a queue on disk');
    expect(spill.burst).toContain('answers its sender 202');
    expect(spill.state).toContain('up to 500 messages, out of order');
  });

  test('points at two owners of retries', () => {
    const document: PipelineDocument = {
      ...ORDERS,
      nodes: ORDERS.nodes.map((node) =>
        node.id === 'ship' ? { ...node, work: { retry: { attempts: 3, base: '1s', cap: '5s' } } } : node,
      ),
    };
    expect(means(document, wire({ delivery: 'push' })).retries).toMatch(/^Two owners: Ship tries up to 3 times/);
  });

  test('an outage costs what arrives meanwhile', () => {
    expect(means(withRate('10/s'), wire({ delivery: 'push' })).outage).toContain('72,000 messages');
  });
});

describe('pull', () => {
  test('fills at the declared rate, and then the webhook refuses', () => {
    const { outage } = means(withRate('100/s'), wire({ delivery: 'pull', queue: { capacity: 36_000 } }));
    expect(outage).toBe(
      'The queue is full after 6 min of 100/s. Then Orders in answers 429 with a Retry-After until there is room.',
    );
  });

  test('an outage that fits drains by what the consumer has to spare', () => {
    const { outage } = means(withRate('100/s'), wire({ delivery: 'pull', queue: { capacity: 1_000_000 } }));
    expect(outage).toBe('720,000 messages wait, 72 % of the queue, and nothing is lost. It drains in 4 h at 150/s.');
  });

  test('a consumer that is limited to what arrives never drains', () => {
    expect(means(withRate('150/s'), wire({ delivery: 'pull', queue: { capacity: 2_000_000 } })).outage).toContain(
      'It never drains',
    );
  });

  test('a burst is measured against the rate limit', () => {
    expect(means(withRate('100/s'), wire({ delivery: 'pull', queue: { capacity: 850 } })).burst).toContain(
      'grows by 850/s while Ship is limited to 150/s, and is full after 1 s',
    );
    expect(means(withRate('10/s'), wire({ delivery: 'pull' })).burst).toContain('nothing piles up');
  });

  test('without a declared rate it says what fits and how to see more', () => {
    const { burst, outage } = means(ORDERS, wire({ delivery: 'pull', queue: { capacity: 36_000 } }));
    expect(burst).toContain('36,000 messages fit');
    expect(outage).toContain('at 10/s that is 1 h');
  });
});

describe('event', () => {
  test('names the other readers of the same log', () => {
    expect(means(ORDERS, wire({ delivery: 'event' })).coupling).toContain('Audit reads the same log at its own speed');
  });

  test('blocks or parks after the last try, as set', () => {
    expect(means(ORDERS, wire({ delivery: 'event' })).retries).toContain('then dead letter');
    expect(means(ORDERS, wire({ delivery: 'event', log: { onPoison: 'block' } })).retries).toContain('stands still');
  });

  test('never reads more partitions at once than there are workers', () => {
    expect(means(ORDERS, wire({ delivery: 'event', log: { partitions: 16 } })).pace).toContain(
      '4 partitions in parallel',
    );
  });

  test('says when two hours are longer than the retention', () => {
    expect(means(ORDERS, wire({ delivery: 'event', log: { retention: '1h' } })).outage).toContain('Only the last 1 h');
  });
});

test('a wire with an end that is gone has no consequences', () => {
  expect(
    deliveryConsequences(ORDERS, nodeCatalogue, { id: 'w9', from: 'gone', to: 'ship', delivery: 'pull' }),
  ).toBeUndefined();
});
