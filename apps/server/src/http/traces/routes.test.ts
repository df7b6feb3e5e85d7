import type { Pipeline, TraceList, TraceView } from '@sluice/protocol';
import { aPipeline, webhook } from '@sluice/testkit';
import { expect, test, vi } from 'vitest';
import { aName, intoALog } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';

const api = testApi();

async function post(name: string, body: unknown): Promise<string> {
  const response = await fetch(`${api.url}/hooks/${name}/in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { readonly correlationId: string }).correlationId;
}

async function deployed(document: ReturnType<typeof intoALog>): Promise<Pipeline> {
  const { body } = await api.call<Pipeline>('createPipeline', { body: document });
  await api.call('deploy', { params: { id: body.id } });
  return body;
}

test('T1 T3 a message is found by what the pipeline declares, and its way is told', async () => {
  const { id, name } = await deployed({ ...intoALog(), trace: { sample: 1, keys: ['order.id'] } });
  const correlationId = await post(name, { order: { id: 4711 } });
  await post(name, { order: { id: 4712 } });
  await vi.waitFor(async () => {
    const { body } = await api.call<TraceList>('findMessages', { params: { id }, query: { key: '4711' } });
    expect(body.traces.map((trace) => trace.correlationId)).toEqual([correlationId]);
  });
  await vi.waitFor(async () => {
    const { body } = await api.call<TraceView>('readTrace', { params: { correlationId } });
    expect(body.hops.map(({ kind, nodeId }) => `${nodeId} ${kind}`)).toEqual(['in accepted', 'out worked']);
    expect(body.hops[0]).toMatchObject({ pipelineId: id, version: 1, wireId: null, keys: ['4711'], attempt: null });
    expect(body.hops[1]).toMatchObject({ wireId: 'in-out', attempt: 1, waitedMs: expect.any(Number) });
  });
});

test('T2 what fails is kept although nothing is sampled', async () => {
  const { id, name } = await deployed({
    ...aPipeline(aName())
      .with(webhook('in'))
      .pulledBy({ id: 'price', type: 'transform', config: { expression: '$number(total)' } })
      .pulledBy({ id: 'out', type: 'log' })
      .document(),
    trace: { sample: 0 },
  });
  const wrong = await post(name, { total: 'many' });
  await post(name, { total: '7' });
  await vi.waitFor(async () => {
    const { body } = await api.call<TraceList>('findMessages', { params: { id }, query: { kind: 'dead-lettered' } });
    expect(body.traces).toMatchObject([{ correlationId: wrong, last: { nodeId: 'price', kind: 'dead-lettered' } }]);
  });
  const { body } = await api.call<TraceView>('readTrace', { params: { correlationId: wrong } });
  expect(body.hops.map(({ kind }) => kind)).toEqual(['accepted', 'dead-lettered']);
  expect((await api.call<TraceList>('findMessages', { params: { id } })).body.traces).toHaveLength(1);
});

test('an unknown message and an unknown pipeline are told apart', async () => {
  const { id } = await deployed(intoALog());
  expect((await api.refusal('readTrace', { params: { correlationId: 'nothing' } })).body.code).toBe('trace-not-found');
  expect((await api.call<TraceList>('findMessages', { params: { id }, query: { key: 'x' } })).body.traces).toEqual([]);
  expect((await api.refusal('findMessages', { params: { id: 'nobody' } })).body.code).toBe('pipeline-not-found');
});
