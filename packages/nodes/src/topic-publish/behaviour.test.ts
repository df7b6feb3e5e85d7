import { expect, test } from 'vitest';
import { aMessage, aTry, createNodeBench } from '../testing/node-bench.ts';
import { topicPublishBehaviour } from './behaviour.ts';

const bench = createNodeBench(topicPublishBehaviour);

test('a message is published to its topic, which is named beforehand', async () => {
  const node = await bench.prepare('work', { topic: 'orders.placed' });
  expect(node.topics).toEqual(['orders.placed']);
  expect(await node.work(aMessage({ id: 1 }), aTry())).toEqual({
    outputs: [],
    publications: [{ topic: 'orders.placed', output: { payload: { id: 1 } } }],
  });
});

test('the key can come from the payload', async () => {
  const node = await bench.prepare('work', { topic: 'orders', key: 'customer' });
  const { publications } = await node.work(aMessage({ customer: 'c1' }), aTry());
  expect(publications?.[0]?.output.key).toBe('c1');
});
