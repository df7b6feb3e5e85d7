import { once } from 'node:events';
import type {
  ClientToServerEvents,
  LiveEvent,
  Overview,
  Pipeline,
  ServerToClientEvents,
  Tick,
  WatchAnswer,
} from '@sluice/protocol';
import { LIVE_NAMESPACE, overviewSchema, snapshotSchema, tickSchema } from '@sluice/protocol';
import { io, type Socket } from 'socket.io-client';
import { afterEach, expect, test } from 'vitest';
import { intoALog } from '../testing/some-documents.ts';
import { testApi } from '../testing/test-api.ts';

const api = testApi();
type Client = Socket<ServerToClientEvents, ClientToServerEvents>;
const clients: Client[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

function connect(extraHeaders: Record<string, string> = {}): Client {
  const client: Client = io(`${api.url}${LIVE_NAMESPACE}`, {
    transports: ['websocket'],
    reconnection: false,
    extraHeaders,
  });
  clients.push(client);
  return client;
}

function watch(client: Client, pipeline: string): Promise<WatchAnswer> {
  return client.emitWithAck('watch', { pipeline });
}

async function deployed(): Promise<Pipeline> {
  const { body } = await api.call<Pipeline>('createPipeline', { body: intoALog() });
  await api.call('deploy', { params: { id: body.id } });
  return body;
}

async function post(name: string): Promise<void> {
  const response = await fetch(`${api.url}/hooks/${name}/in`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(202);
  await response.body?.cancel();
}

/** The next tick for which `wanted` holds. */
async function tickWith(client: Client, wanted: (tick: Tick) => boolean): Promise<Tick> {
  for (;;) {
    const [tick] = (await once(client as unknown as NodeJS.EventEmitter, 'tick')) as [Tick]; // a socket is an emitter of its events
    if (wanted(tick)) return tickSchema.parse(tick);
  }
}

test('who watches gets a snapshot, and then what changes with a running number', async () => {
  const { id, name } = await deployed();
  const client = connect();
  const answer = await watch(client, name);
  if (!answer.ok) throw new Error(answer.detail);
  const { seq, status } = snapshotSchema.parse(answer.snapshot);
  expect(status).toMatchObject({
    pipelineId: id,
    state: 'running',
    nodes: { in: { completed: 0 }, out: { completed: 0 } },
  });
  const first = await tickWith(client, () => true);
  expect([first.pipelineId, first.seq, first.nodes, first.wires]).toEqual([id, seq + 1, {}, {}]);
  await post(name);
  const tick = await tickWith(client, (candidate) => candidate.nodes['out']?.completed === 1);
  expect(tick.seq).toBeGreaterThan(first.seq);
});

test('a second watcher joins the first one’s count', async () => {
  const { name } = await deployed();
  const [one, other] = [connect(), connect()];
  await watch(one, name);
  const tick = await tickWith(one, () => true);
  const answer = await watch(other, name);
  expect(answer.ok && answer.snapshot.seq).toBeGreaterThanOrEqual(tick.seq);
});

test('a pipeline that is not deployed has no status, and an unknown one is refused', async () => {
  const { body } = await api.call<Pipeline>('createPipeline', { body: intoALog() });
  const client = connect();
  expect(await watch(client, body.id)).toMatchObject({ ok: true, snapshot: { status: null } });
  expect(await watch(client, 'nobody')).toMatchObject({ ok: false });
});

test('notable things reach those who watch', async () => {
  const { id, name } = await deployed();
  const client = connect();
  await watch(client, name);
  const told = new Promise<LiveEvent>((resolve) => client.on('event', resolve));
  await api.call('pause', { params: { id } });
  expect(await told).toMatchObject({ pipelineId: id, kind: 'paused' });
});

test('a stopped pipeline goes on being told as stopped', async () => {
  const { id, name } = await deployed();
  const client = connect();
  await watch(client, name);
  await api.call('stop', { params: { id } });
  expect((await tickWith(client, (tick) => tick.state === 'stopped')).verdict.kind).toBe('stopped');
});

test('the overview has one line per deployed pipeline', async () => {
  const { id } = await deployed();
  const client = connect();
  const first = overviewSchema.parse(await client.emitWithAck('watch-overview'));
  expect(first.pipelines.find((pipeline) => pipeline.pipelineId === id)).toMatchObject({
    state: 'running',
    version: 1,
  });
  const next = await new Promise<Overview>((resolve) => client.on('overview', resolve));
  expect(next.pipelines.map((pipeline) => pipeline.pipelineId)).toContain(id);
});

test('nonsense is answered and harms nobody', async () => {
  const client = connect();
  const answer = await client.emitWithAck('watch', { pipeline: 7 } as unknown as { pipeline: string }); // what a stranger may send
  expect(answer).toMatchObject({ ok: false });
  client.emit('unwatch', null as unknown as { pipeline: string });
  expect(client.connected).toBe(true);
});

test('a page of another site is not let in', async () => {
  const client = connect({ origin: 'http://evil.example' });
  const refused = await new Promise<Error>((resolve) => client.on('connect_error', resolve));
  expect(refused.message).toContain('websocket error');
});
