import type { Json } from '@sluice/engine';
import { expect, test } from 'vitest';
import { aMessage, aTry, createNodeBench } from '../testing/node-bench.ts';
import { filterBehaviour } from './behaviour.ts';

const bench = createNodeBench(filterBehaviour);

test.each<[string, Json, string]>([
  ['total > 100 and country = "DE"', { total: 101, country: 'DE' }, 'match'],
  ['total > 100 and country = "DE"', { total: 101, country: 'FR' }, 'rest'],
  ['missing', {}, 'rest'],
  ['name', { name: '' }, 'rest'],
  ['name', { name: 'x' }, 'match'],
  ['count', { count: 0 }, 'rest'],
  ['nothing', { nothing: null }, 'rest'],
  ['tags', { tags: [] }, 'rest'],
  ['tags', { tags: [0, ''] }, 'rest'],
  ['tags', { tags: [0, 'x'] }, 'match'],
  ['detail', { detail: {} }, 'rest'],
  ['detail', { detail: { a: false } }, 'match'],
])('%s on %j goes to the right port', async (expression, payload, port) => {
  const node = await bench.prepare('work', { expression });
  expect(await node.work(aMessage(payload), aTry())).toEqual({ outputs: [{ port, payload }] });
});

test('a condition that fails is a permanent failure', async () => {
  const node = await bench.prepare('work', { expression: 'total > limit' });
  await expect(node.work(aMessage({ total: 1, limit: 'x' }), aTry())).rejects.toMatchObject({
    code: 'expression-failed',
    retryable: false,
  });
});
