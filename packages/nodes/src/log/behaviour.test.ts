import { expect, test } from 'vitest';
import { aMessage, aTry, createNodeBench } from '../testing/node-bench.ts';
import { logBehaviour } from './behaviour.ts';

test('without a text the payload is written', async () => {
  const bench = createNodeBench(logBehaviour);
  const node = await bench.prepare('work', {});
  expect(await node.work(aMessage({ a: 1 }), aTry())).toEqual({ outputs: [] });
  expect(bench.lines).toEqual([
    { pipelineId: 'p1', nodeId: 'n1', level: 'info', text: 'message 0123456789abcdef0123456789abcdef', data: { a: 1 } },
  ]);
});

test('a text is made by its expression, and cut when it is long', async () => {
  const bench = createNodeBench(logBehaviour);
  const node = await bench.prepare('work', { level: 'warn', message: '"order " & id' });
  await node.work(aMessage({ id: 'o1' }), aTry());
  await node.work(aMessage({ id: 'x'.repeat(9_000) }), aTry());
  expect(bench.lines[0]).toEqual({ pipelineId: 'p1', nodeId: 'n1', level: 'warn', text: 'order o1' });
  expect(bench.lines[1]?.text).toHaveLength(8_003);
});
