import { expect, test } from 'vitest';
import { aMessage, aTry, createNodeBench } from '../testing/node-bench.ts';
import { transformBehaviour } from './behaviour.ts';

const bench = createNodeBench(transformBehaviour);

test('the result of the expression is the new payload', async () => {
  const node = await bench.prepare('work', { expression: "{ 'id': id, 'total': $sum(lines.(price * qty)) }" });
  const order = { id: 'o1', lines: [{ price: 2, qty: 3 }] };
  expect(await node.work(aMessage(order), aTry())).toEqual({ outputs: [{ payload: { id: 'o1', total: 6 } }] });
});

test('the rest of the message is at hand', async () => {
  const node = await bench.prepare('work', {
    expression: "{ 'who': $headers.`x-tenant`, 'key': $key, 'id': $id, 'at': $now() }",
  });
  const message = aMessage({}, { key: 'k1', headers: { 'x-tenant': 'acme' } });
  const { outputs } = await node.work(message, aTry());
  expect(outputs[0]?.payload).toEqual({ who: 'acme', key: 'k1', id: message.id, at: '2026-06-01T12:00:00.000Z' });
});

test('a retry draws the same numbers', async () => {
  const node = await bench.prepare('work', { expression: '[$random(), $uuid()]' });
  const [first, second] = [
    await node.work(aMessage({}), aTry()),
    await node.work(aMessage({}, { attempt: 2 }), aTry()),
  ];
  expect(second).toEqual(first);
  expect(await node.work(aMessage({}, { id: 'another' }), aTry())).not.toEqual(first);
});

test('an expression that gives nothing is a permanent failure', async () => {
  const node = await bench.prepare('work', { expression: 'missing' });
  await expect(node.work(aMessage({}), aTry())).rejects.toMatchObject({ code: 'expression-empty', retryable: false });
});

test('null is a payload', async () => {
  const node = await bench.prepare('work', { expression: 'field' });
  expect(await node.work(aMessage({ field: null }), aTry())).toEqual({ outputs: [{ payload: null }] });
});

test('the key can come from the new payload', async () => {
  const node = await bench.prepare('work', { expression: "{ 'customer': c }", key: 'customer' });
  expect((await node.work(aMessage({ c: 7 }), aTry())).outputs[0]?.key).toBe('7');
  expect((await node.work(aMessage({}), aTry())).outputs[0]).not.toHaveProperty('key');
  await expect(node.work(aMessage({ c: { id: 1 } }), aTry())).rejects.toMatchObject({
    code: 'key-not-text',
    retryable: false,
  });
});

test('a broken expression is refused before any message is touched, by setting and place', async () => {
  await expect(bench.prepare('work', { expression: '{ "a": ' })).rejects.toMatchObject({
    code: 'expression-invalid',
    retryable: false,
    message: expect.stringMatching(/^expression: .* \(at position \d+, near .*\)$/),
  });
});
