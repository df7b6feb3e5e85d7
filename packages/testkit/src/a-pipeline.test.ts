import { expect, test } from 'vitest';
import { aPipeline } from './a-pipeline.ts';
import { filter, httpRequest, transform, webhook } from './some-nodes.ts';

test('a sentence becomes a document', () => {
  const orders = aPipeline('orders')
    .with(webhook('in'))
    .pushedTo(transform('price', '{ "total": 1 }'), { line: 5 })
    .pulledBy(httpRequest('ship', 'http://localhost', { workers: 2 }), { capacity: 10 })
    .from('price')
    .readBy(filter('big', 'total > 100'), { partitions: 2 })
    .from('big')
    .pulledBy('ship')
    .aimingAt({ freshness: '5s' })
    .document();
  expect(orders).toEqual({
    format: 'sluice/v1',
    name: 'orders',
    nodes: [
      { id: 'in', type: 'webhook', config: { path: 'in' } },
      { id: 'price', type: 'transform', config: { expression: '{ "total": 1 }' } },
      { id: 'ship', type: 'http-request', config: { url: 'http://localhost' }, work: { workers: 2 } },
      { id: 'big', type: 'filter', config: { expression: 'total > 100' } },
    ],
    wires: [
      { id: 'in-price', from: 'in', to: 'price', delivery: 'push', call: { line: 5 } },
      { id: 'price-ship', from: 'price', to: 'ship', delivery: 'pull', queue: { capacity: 10 } },
      { id: 'price-big', from: 'price', to: 'big', delivery: 'event', log: { partitions: 2 } },
      { id: 'big-ship', from: 'big', to: 'ship', delivery: 'pull' },
    ],
    objectives: { freshness: '5s' },
  });
});

test('a step leaves the builder before it as it was', () => {
  const source = aPipeline('orders').with(webhook('in'));
  source.pulledBy(httpRequest('ship', 'http://localhost'));
  expect(source.document().wires).toEqual([]);
});

test('a mistake in the test is told in the words of the document', () => {
  expect(() => aPipeline('Orders').document()).toThrow('`name` must be lower-case');
  expect(() => aPipeline('orders').pulledBy('ship')).toThrow('a wire needs a node to start at');
});
