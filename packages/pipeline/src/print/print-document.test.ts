import { expect, test } from 'vitest';
import type { PipelineDocument } from '../document.ts';
import { printDocument } from './print-document.ts';

const orders: PipelineDocument = {
  layout: { ship: [560, 0], in: [0, 0] },
  wires: [{ to: 'ship', delivery: 'pull', from: 'in', id: 'w1', queue: { orderBy: 'customer', capacity: 100 } }],
  nodes: [
    {
      notes: 'First.\nSecond.',
      config: { verify: { secret: { $secret: 'orders' }, scheme: 'standard-webhooks' }, path: 'on' },
      type: 'webhook',
      id: 'in',
    },
    {
      work: { rateLimit: '100/s', workers: 8 },
      id: 'ship',
      type: 'http-request',
      config: { headers: {}, statuses: [409, 410], tags: ['a', 'b'] },
    },
  ],
  name: 'orders',
  format: 'sluice/v1',
};

test('JSON has a field per line and short lists on one', () => {
  expect(printDocument(orders)).toBe(`{
  "format": "sluice/v1",
  "name": "orders",
  "nodes": [
    {
      "id": "in",
      "type": "webhook",
      "config": {
        "path": "on",
        "verify": {
          "scheme": "standard-webhooks",
          "secret": {
            "$secret": "orders"
          }
        }
      },
      "notes": "First.\\nSecond."
    },
    {
      "id": "ship",
      "type": "http-request",
      "config": {
        "headers": {},
        "statuses": [409, 410],
        "tags": ["a", "b"]
      },
      "work": {
        "workers": 8,
        "rateLimit": "100/s"
      }
    }
  ],
  "wires": [
    {
      "id": "w1",
      "from": "in",
      "to": "ship",
      "delivery": "pull",
      "queue": {
        "capacity": 100,
        "orderBy": "customer"
      }
    }
  ],
  "layout": {
    "in": [0, 0],
    "ship": [560, 0]
  }
}
`);
});

test('YAML has texts of several lines as blocks and positions on one line', () => {
  expect(printDocument(orders, { syntax: 'yaml' })).toBe(`format: sluice/v1
name: orders
nodes:
  - id: in
    type: webhook
    config:
      path: on
      verify:
        scheme: standard-webhooks
        secret:
          $secret: orders
    notes: |-
      First.
      Second.
  - id: ship
    type: http-request
    config:
      headers: {}
      statuses: [409, 410]
      tags:
        - a
        - b
    work:
      workers: 8
      rateLimit: 100/s
wires:
  - id: w1
    from: in
    to: ship
    delivery: pull
    queue:
      capacity: 100
      orderBy: customer
layout:
  in: [0, 0]
  ship: [560, 0]
`);
});
