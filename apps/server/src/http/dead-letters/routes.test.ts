import { DEAD_LETTER_REASONS } from '@sluice/engine';
import {
  DEAD_LETTER_REASON_NAMES,
  type DeadLetterList,
  type DeadLetterView,
  type Pipeline,
  type RedriveForecastView,
  type RedriveJobView,
} from '@sluice/protocol';
import { aPipeline, transform, webhook } from '@sluice/testkit';
import { expect, test, vi } from 'vitest';
import { aName } from '../../testing/some-documents.ts';
import { testApi } from '../../testing/test-api.ts';

const api = testApi();

/** `in -> price -> out`; what has no number for its total dies at `price`. */
function pricing(name = aName()) {
  return aPipeline(name)
    .with(webhook('in'))
    .pulledBy(transform('price', "{ 'price': $number(total) }"))
    .pulledBy({ id: 'out', type: 'log' })
    .document();
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

/** A deployed pipeline with a dead letter for each payload, the last one newest. */
async function withLetters(...payloads: readonly unknown[]): Promise<Pipeline> {
  const { body } = await api.call<Pipeline>('createPipeline', { body: pricing() });
  await api.call('deploy', { params: { id: body.id } });
  for (const [index, payload] of payloads.entries()) {
    await post(body.name, payload);
    await vi.waitFor(async () => expect((await list(body.id)).deadLetters).toHaveLength(index + 1));
  }
  return body;
}

async function list(id: string, query: Readonly<Record<string, string | number>> = {}): Promise<DeadLetterList> {
  return (await api.call<DeadLetterList>('listDeadLetters', { params: { id }, query })).body;
}

async function redriveOver(id: string, job: string): Promise<RedriveJobView> {
  return vi.waitFor(async () => {
    const { body } = await api.call<RedriveJobView>('readRedrive', { params: { id, job } });
    expect(body.endedAt).not.toBeNull();
    return body;
  });
}

test('the reasons of the contract are those of the engine', () => {
  expect([...DEAD_LETTER_REASON_NAMES].toSorted()).toEqual([...DEAD_LETTER_REASONS].toSorted());
});

test('dead letters are listed by what they have in common', async () => {
  const { id } = await withLetters({ total: 'many' }, { total: 'few' }, { total: {} });
  const { groups, deadLetters, counts, discarded } = await list(id, { groupBy: 'cause' });
  expect(deadLetters).toEqual([]);
  expect(counts).toEqual({ price: 3 });
  expect(discarded).toEqual({ byHand: 0, byAge: 0, purged: 0 });
  expect(groups?.map(({ messages }) => messages)).toEqual([2, 1]);
  const [most] = groups ?? [];
  const ofGroup = await list(id, {
    cause: most?.cause ?? '',
    nodeId: 'price',
    reason: 'permanent',
    wireId: 'in-price',
  });
  expect(ofGroup.deadLetters.map(({ payload }) => payload)).toEqual([{ total: 'few' }, { total: 'many' }]);
  const [newest, oldest] = ofGroup.deadLetters;
  expect((await list(id, { until: oldest?.deadAt ?? 0 })).deadLetters).toEqual([]);
  expect((await list(id, { since: new Date(newest?.deadAt ?? 0).toISOString() })).deadLetters.length).toBeGreaterThan(
    0,
  );
  expect((await list(id, { groupBy: 'cause', nodeId: 'out' })).groups).toEqual([]);
  const byTime = await list(id, { groupBy: 'cause', wireId: 'in-price', since: 0, until: newest?.deadAt ?? 0 });
  expect(byTime.groups).toMatchObject([{ nodeId: 'price', messages: 1, lastAt: oldest?.deadAt }]);
  expect((await list(id, { groupBy: 'cause', wireId: 'in-price' })).groups).toEqual(groups);
  const refused = await api.refusal('listDeadLetters', { params: { id }, query: { groupBy: 'cause', before: 'x' } });
  expect(refused.body).toMatchObject({ code: 'request-invalid', detail: expect.stringContaining('before') });
  expect((await api.refusal('listDeadLetters', { params: { id }, query: { since: 'tomorrow' } })).status).toBe(400);
});

test('a dead letter is read, edited and redriven, and delivered as it was edited', async () => {
  const { id } = await withLetters({ total: 'many' });
  const [{ id: letter, messageId } = { id: '', messageId: '' }] = (await list(id)).deadLetters;
  const read = () => api.call<DeadLetterView>('readDeadLetter', { params: { id, letter } });
  expect((await read()).body).toMatchObject({ payload: { total: 'many' }, editedAt: null, entry: null });
  const edit = { payload: { total: '12' }, headers: { 'x-fixed-by': 'me' }, key: 'k1' };
  const { body } = await api.call<DeadLetterView>('editDeadLetter', { params: { id, letter }, body: edit });
  expect(body).toMatchObject({ ...edit, messageId, editedAt: expect.any(Number) });
  expect((await read()).body).toEqual(body);

  expect((await api.call('redriveDeadLetter', { params: { id, letter } })).body).toEqual({
    wireId: 'in-price',
    messageId,
  });
  expect((await api.refusal('readDeadLetter', { params: { id, letter } })).body.code).toBe('dead-letter-not-found');
  await vi.waitFor(async () => expect((await list(id)).counts).toEqual({}));
  const again = await api.refusal('redriveDeadLetter', { params: { id, letter } });
  expect(again).toMatchObject({ status: 404, body: { code: 'dead-letter-not-found' } });
  const edited = await api.refusal('editDeadLetter', { params: { id, letter }, body: edit });
  expect(edited.body.code).toBe('dead-letter-not-found');
});

test('an edit says what it changes', async () => {
  const { id } = await withLetters({ total: 'many' });
  const [{ id: letter } = { id: '' }] = (await list(id)).deadLetters;
  for (const body of [{}, { body: 1 }, { headers: { a: 1 } }, { key: 7 }])
    expect((await api.refusal('editDeadLetter', { params: { id, letter }, body })).status).toBe(400);
  expect((await list(id)).deadLetters[0]?.editedAt).toBeNull();
});

test('dead letters are thrown away one by one, or those that are named, and counted', async () => {
  const { id, name } = await withLetters({ total: 'a' }, { total: 'b' }, { total: {} });
  const [{ id: letter } = { id: '' }] = (await list(id)).deadLetters;
  expect((await api.call('discardDeadLetter', { params: { id, letter } })).status).toBe(204);
  expect((await api.refusal('discardDeadLetter', { params: { id, letter } })).status).toBe(404);

  const unnamed = await api.refusal('discardDeadLetters', { params: { id } });
  expect(unnamed).toMatchObject({ status: 400, body: { code: 'filter-missing' } });
  expect((await list(id)).counts).toEqual({ price: 2 });
  const nobody = { params: { id }, query: { nodeId: 'out' } };
  expect((await api.call('discardDeadLetters', nobody)).body).toEqual({ discarded: 0, hasMore: false });
  const all = { params: { id }, query: { all: 'true' } };
  expect((await api.call('discardDeadLetters', all)).body).toEqual({ discarded: 2, hasMore: false });
  expect(await list(id)).toEqual({ deadLetters: [], counts: {}, discarded: { byHand: 3, byAge: 0, purged: 0 } });
  const { body: metrics } = await api.call<string>('readMetrics');
  expect(metrics).toContain(`sluice_messages_discarded_total{pipeline="${name}",from="dead-letters"} 3\n`);
});

test('a redrive is counted first, begins with some, and says how far it is', async () => {
  const { id, name } = await withLetters({ total: 'a' }, { total: 'b' }, { total: 'c' });
  const dry = await api.call<{ forecast: RedriveForecastView }>('startRedrive', {
    params: { id },
    body: { dryRun: true },
  });
  expect(dry).toMatchObject({
    status: 200,
    body: { forecast: { messages: 3, refused: [], hasMore: false, groups: [{ nodeId: 'price', messages: 3 }] } },
  });

  const still = await start(id, { filter: { nodeId: 'price' }, canary: 1 });
  expect(await redriveOver(id, still)).toMatchObject({ state: 'stopped', redriven: 1, failedAgain: 1, left: 2 });
  expect((await list(id)).counts).toEqual({ price: 3 });

  const repaired = { ...pricing(name), nodes: pricing(name).nodes.map(repair) };
  const { headers } = await api.call('readPipeline', { params: { id } });
  await api.call('saveDraft', { params: { id }, body: repaired, headers: { 'if-match': headers.get('etag') ?? '' } });
  await api.call('deploy', { params: { id } });
  const job = await start(id, { canary: 1, pace: '50/s', stopAtFailureRatio: 0 });
  expect(await redriveOver(id, job)).toMatchObject({ state: 'done', redriven: 3, worked: 3, left: 0, detail: null });
  expect((await list(id)).counts).toEqual({});
  const { body } = await api.call<{ jobs: readonly RedriveJobView[] }>('listRedrives', { params: { id } });
  expect(body.jobs.map(({ id: one }) => one)).toEqual([job, still]);
  const over = await api.refusal('cancelRedrive', { params: { id, job } });
  expect(over.body.code).toBe('redrive-over');
  expect(api.announced.filter(({ kind }) => kind === 'redrive-ended').length).toBeGreaterThanOrEqual(2);
});

test('a redrive is cancelled, and there is one at a time', async () => {
  const { id } = await withLetters({ total: 'a' }, { total: 'b' }, { total: 'c' });
  const job = await start(id, { pace: '1/h' });
  const second = await api.refusal('startRedrive', { params: { id }, body: {} });
  expect(second.body).toMatchObject({ code: 'redrive-under-way', job });
  const { body } = await api.call<RedriveJobView>('cancelRedrive', { params: { id, job } });
  expect(body).toMatchObject({ id: job, state: 'cancelled' });
  const { redriven, left } = await redriveOver(id, job);
  expect(redriven + left).toBe(3);
  for (const endpoint of ['readRedrive', 'cancelRedrive'] as const)
    expect((await api.refusal(endpoint, { params: { id, job: 'none' } })).body.code).toBe('redrive-not-found');
});

test('what cannot be asked of a redrive is refused', async () => {
  const { id } = await withLetters({ total: 'a' });
  const [{ id: letter } = { id: '' }] = (await list(id)).deadLetters;
  for (const body of [
    { pace: 'fast' },
    { pace: '0/s' },
    { canary: 0 },
    { stopAtFailureRatio: 2 },
    { filter: { node: 'x' } },
  ])
    expect((await api.refusal('startRedrive', { params: { id }, body })).status, JSON.stringify(body)).toBe(400);
  for (const refused of [
    await api.refusal('startRedrive', { params: { id }, body: { toWire: 'none' } }),
    await api.refusal('redriveDeadLetter', { params: { id, letter }, body: { toWire: 'none' } }),
  ])
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'wire-gone', detail: expect.stringContaining('toWire') },
    });
  await api.call('stop', { params: { id } });
  for (const refused of [
    await api.refusal('startRedrive', { params: { id }, body: {} }),
    await api.refusal('startRedrive', { params: { id }, body: { dryRun: true } }),
    await api.refusal('redriveDeadLetter', { params: { id, letter } }),
  ])
    expect(refused).toMatchObject({ status: 409, body: { code: 'not-deployed' } });
  expect((await list(id)).counts).toEqual({ price: 1 });
});

test('nothing is done to an unknown pipeline', async () => {
  const id = 'nobody';
  const letter = { id, letter: 'x' };
  for (const refused of [
    await api.refusal('listDeadLetters', { params: { id } }),
    await api.refusal('readDeadLetter', { params: letter }),
    await api.refusal('editDeadLetter', { params: letter, body: { key: 'k' } }),
    await api.refusal('discardDeadLetter', { params: letter }),
    await api.refusal('discardDeadLetters', { params: { id }, query: { all: 'true' } }),
    await api.refusal('redriveDeadLetter', { params: letter }),
    await api.refusal('startRedrive', { params: { id }, body: {} }),
    await api.refusal('listRedrives', { params: { id } }),
    await api.refusal('readRedrive', { params: { id, job: 'x' } }),
    await api.refusal('cancelRedrive', { params: { id, job: 'x' } }),
  ])
    expect(refused).toMatchObject({ status: 404, body: { code: 'pipeline-not-found' } });
});

async function start(id: string, body: unknown): Promise<string> {
  const started = await api.call<{ job: RedriveJobView }>('startRedrive', { params: { id }, body });
  expect(started.status).toBe(202);
  return started.body.job.id;
}

/** Prices whatever comes. */
function repair(node: ReturnType<typeof pricing>['nodes'][number]): typeof node {
  return node.id === 'price' ? { ...node, config: { expression: "{ 'price': 1 }" } } : node;
}
