import { expect, test } from 'vitest';
import { createNodeBench } from '../testing/node-bench.ts';
import { topicSubscribeBehaviour } from './behaviour.ts';

const bench = createNodeBench(topicSubscribeBehaviour);

test('a subscriber names its topic and where it begins', async () => {
  expect(await bench.prepare('event-source', { topic: 'orders' })).toEqual({
    kind: 'event-source',
    topic: 'orders',
    startFrom: 'earliest',
  });
  expect(await bench.prepare('event-source', { topic: 'orders', startFrom: 'latest' })).toMatchObject({
    startFrom: 'latest',
  });
});

test('a topic that is none is refused by name', async () => {
  await expect(bench.prepare('event-source', { topic: 'Orders!' })).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('topic: must be lower-case letters'),
  });
});
