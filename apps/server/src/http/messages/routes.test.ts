import type { DeadLetterList, Deployed, PeekedMessageView, Pipeline, PipelineStatus } from '@sluice/protocol';
import { aPipeline, webhook } from '@sluice/testkit';
import { expect, test, vi } from 'vitest';
import { aName, intoALog, thatFillsUp } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';

const api = testApi();

async function deployed(document: ReturnType<typeof intoALog>): Promise<Pipeline> {
  const { body } = await api.call<Pipeline>('createPipeline', { body: document });
  await api.call('deploy', { params: { id: body.id } });
  return body;
}

async function post(name: string, body: unknown): Promise<void> {
  const response = await fetch(`${api.url}/hooks/${name}/in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(202);
  await response.body?.cancel();
}

test('a wire is looked into page by page, oldest first', async () => {
  const { id, name } = await deployed(thatFillsUp());
  for (const number of [0, 1, 2, 3]) await post(name, { number });
  const page = async (query: Readonly<Record<string, number>>) =>
    (
      await api.call<{ messages: readonly PeekedMessageView[] }>('peekMessages', {
        params: { id, wire: 'in-out' },
        query,
      })
    ).body.messages;
  await vi.waitFor(async () =>
    expect((await page({})).map((message) => message.payload)).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]),
  );
  const [first] = await page({ limit: 1 });
  expect(first).toMatchObject({ payload: { number: 1 }, state: 'waiting', attempts: 0, partition: null });
  expect((await page({ afterPosition: first?.position ?? 0 })).map((message) => message.payload)).toEqual([
    { number: 2 },
    { number: 3 },
  ]);
});

test('emptying a wire says how many went', async () => {
  const { id, name } = await deployed(thatFillsUp());
  for (const number of [0, 1, 2]) await post(name, { number });
  await vi.waitFor(async () => {
    const { body } = await api.call<{ messages: readonly unknown[] }>('peekMessages', {
      params: { id, wire: 'in-out' },
    });
    expect(body.messages).toHaveLength(2);
  });
  expect((await api.call('purgeMessages', { params: { id, wire: 'in-out' } })).body).toEqual({ purged: 2 });
});

test('a stopped pipeline is looked into and emptied, too', async () => {
  const { id, name } = await deployed(thatFillsUp());
  for (const number of [0, 1, 2]) await post(name, { number });
  await vi.waitFor(async () =>
    expect((await api.call<PipelineStatus>('readStatus', { params: { id } })).body.totals.depth).toBe(2),
  );
  await api.call('stop', { params: { id } });
  const peek = () =>
    api.call<{ messages: readonly PeekedMessageView[] }>('peekMessages', { params: { id, wire: 'in-out' } });
  expect((await peek()).body.messages).toHaveLength(2);
  expect((await api.call<DeadLetterList>('listDeadLetters', { params: { id } })).status).toBe(200);
  expect((await api.call('purgeMessages', { params: { id, wire: 'in-out' } })).body).toEqual({ purged: 2 });
  expect((await peek()).body.messages).toEqual([]);
  expect((await api.refusal('peekMessages', { params: { id, wire: 'w9' } })).body.code).toBe('wire-not-found');
});

test('what an earlier version left is looked into under the id of its wire', async () => {
  const { id, name, document } = await deployed(thatFillsUp());
  for (const number of [0, 1, 2]) await post(name, { number });
  await vi.waitFor(async () =>
    expect((await api.call<PipelineStatus>('readStatus', { params: { id } })).body.totals.depth).toBe(2),
  );
  const [wire] = document.wires;
  const renamed = { ...document, wires: [{ ...wire, id: 'other' }] };
  await api.call('saveDraft', { params: { id }, body: renamed, headers: { 'if-match': '*' } });
  const { body } = await api.call<Deployed>('deploy', { params: { id }, body: { removedWires: 'drain' } });
  expect(body.restarted).toEqual(['in']);
  expect((await api.call<PipelineStatus>('readStatus', { params: { id } })).body.removedWires).toMatchObject([
    { id: 'in-out', fate: 'drain', version: 1, depth: 2 },
  ]);
  const peeked = await api.call<{ messages: readonly PeekedMessageView[] }>('peekMessages', {
    params: { id, wire: 'in-out' },
  });
  expect(peeked.body.messages).toHaveLength(2);
  await api.call('deploy', { params: { id }, body: { removedWires: { 'in-out': { do: 'move', to: 'other' } } } });
  expect((await api.call<PipelineStatus>('readStatus', { params: { id } })).body).toMatchObject({
    removedWires: [],
    wires: { other: { depth: 2 } },
  });
  const refused = await api.refusal('deploy', {
    params: { id },
    body: { removedWires: { other: { do: 'move', to: 'nowhere' } } },
  });
  expect([refused.status, refused.body.code]).toEqual([409, 'removed-wires-refused']);
});

test('a push wire keeps nothing, and an unknown wire is no wire', async () => {
  const { id } = await deployed(aPipeline(aName()).with(webhook('in')).pushedTo({ id: 'out', type: 'log' }).document());
  expect((await api.refusal('peekMessages', { params: { id, wire: 'in-out' } })).body.code).toBe('wire-keeps-nothing');
  expect((await api.refusal('purgeMessages', { params: { id, wire: 'in-out' } })).body.code).toBe('wire-keeps-nothing');
  expect((await api.refusal('peekMessages', { params: { id, wire: 'w9' } })).body.code).toBe('wire-not-found');
});

test('a page has its limits', async () => {
  const { id } = await deployed(intoALog());
  expect((await api.refusal('peekMessages', { params: { id, wire: 'in-out' }, query: { limit: 501 } })).status).toBe(
    400,
  );
});

test('an event wire delivers again what it has delivered', async () => {
  const { id, name } = await deployed(
    aPipeline(aName()).with(webhook('in')).readBy({ id: 'out', type: 'log' }).document(),
  );
  const out = async () => (await api.call<PipelineStatus>('readStatus', { params: { id } })).body.nodes['out'];
  for (const number of [0, 1, 2]) await post(name, { number });
  await vi.waitFor(async () => expect((await out())?.completed).toBe(3));
  const replay = (body: unknown) => api.call('replayWire', { params: { id, wire: 'in-out' }, body });
  expect((await replay({ from: 'earliest' })).body).toMatchObject({ id: expect.any(String), freshIds: false });
  await vi.waitFor(async () => expect((await out())?.completed).toBe(6));
  await replay({ from: { time: '2026-01-01' }, freshIds: true });
  await vi.waitFor(async () => expect((await out())?.completed).toBe(9));
  await replay({ from: { time: Date.now() + 60_000 } });
  expect(api.announced.filter(({ kind }) => kind === 'replay-started')).toHaveLength(3);
});

test('what cannot be replayed is refused', async () => {
  const { id } = await deployed(intoALog());
  const refused = async (body: unknown, wire = 'in-out') => {
    const { status, body: problem } = await api.refusal('replayWire', { params: { id, wire }, body });
    return [status, problem.code];
  };
  expect(await refused({ from: 'earliest' })).toEqual([409, 'no-event-wire']);
  expect(await refused({ from: 'earliest' }, 'w9')).toEqual([404, 'wire-not-found']);
  for (const body of [
    {},
    { from: 'latest' },
    { from: { time: 'soon' } },
    { from: { position: -1 } },
    { from: 'earliest', to: 1 },
  ])
    expect(await refused(body), JSON.stringify(body)).toEqual([400, 'request-invalid']);
  const log = await deployed(aPipeline(aName()).with(webhook('in')).readBy({ id: 'out', type: 'log' }).document());
  const beyond = { params: { id: log.id, wire: 'in-out' }, body: { from: { position: 0, partition: 99 } } };
  expect((await api.refusal('replayWire', beyond)).body).toMatchObject({
    code: 'request-invalid',
    detail: expect.stringContaining('0 to 3'),
  });
});

test('what fails for good is kept whole, with its reason', async () => {
  const { id, name } = await deployed(
    aPipeline(aName())
      .with(webhook('in'))
      .pulledBy({ id: 'price', type: 'transform', config: { expression: '$number(total)' } })
      .pulledBy({ id: 'out', type: 'log' })
      .document(),
  );
  await post(name, { total: 'many' });
  await vi.waitFor(async () => {
    const { body } = await api.call<DeadLetterList>('listDeadLetters', { params: { id } });
    expect(body.counts).toEqual({ price: 1 });
    expect(body.deadLetters).toMatchObject([
      { nodeId: 'price', wireId: 'in-price', reason: 'permanent', payload: { total: 'many' }, version: 1 },
    ]);
  });
  expect(
    (await api.call<DeadLetterList>('listDeadLetters', { params: { id }, query: { nodeId: 'out' } })).body.deadLetters,
  ).toEqual([]);
});
