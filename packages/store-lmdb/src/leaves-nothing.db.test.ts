import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeadLetter, Lease, LeaseSource, StoreOperation } from '@sluice/engine';
import { createTestClock, type TestClock } from '@sluice/engine/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEnvironment } from './environment.ts';
import { type LmdbStore, openLmdbStore } from './index.ts';
import { lastNumber, markKey, NUMBER_MAX, queueRecordKey } from './keys.ts';

const LIMIT = { messages: 1_000_000, bytes: 1_000_000_000 };
const QUEUE: LeaseSource = { kind: 'queue', queue: 'queue' };
const PARTITION: LeaseSource = { kind: 'group', log: 'log', group: 'group', partition: 0 };

describe('what is settled', () => {
  let dir: string;
  let clock: TestClock;
  let store: LmdbStore;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-left-'));
    clock = createTestClock();
    store = await openLmdbStore({ dir, clock });
  });
  afterEach(async () => {
    await store.close();
    await rm(dir, { recursive: true });
  });

  it('leaves only the records of queues, logs and groups behind, whatever happened before', async () => {
    await store.declareLog({ log: 'log', partitions: 1 });
    await store.declareGroup({ log: 'log', group: 'group', startFrom: 'earliest' });
    for (let round = 0; round < 3; round += 1) {
      await append(store, 30, round);
      await letSomeExpire(store, clock, QUEUE);
      await putSomeBack(store, clock, QUEUE);
      await letSomeExpire(store, clock, PARTITION);
      await putSomeBack(store, clock, PARTITION);
      await leaseAll(store, QUEUE);
      const run = await leaseAll(store, PARTITION);
      expect(await store.commit(run.slice(0, 2).map((lease) => ({ op: 'ack', lease }) as const))).toEqual({ ok: true });
      if (round === 1) {
        await store.crash();
        store = await openLmdbStore({ dir, clock });
      }
      clock.advance(60_000);
      if (round === 2) {
        await putSomeBack(store, clock, QUEUE);
        expect(await store.purge('queue')).toBeGreaterThan(0);
      }
      await drain(store, QUEUE);
      await drain(store, PARTITION);
    }
    clock.advance(1_000_000);
    expect(await store.forgetExpired(1_000)).toBe(3);
    expect(await store.trim({ log: 'log', ageMs: 0, bytes: 0 })).toBe(90);
    await store.close();
    expect(await queueRecord(dir)).toMatchObject({
      id: 'queue',
      next: 91,
      messages: 0,
      bytes: 0,
      ready: 0,
      delayed: 0,
    });
    expect(await kindsIn(dir)).toEqual({
      // Meta, queue, log, group, position.
      index: ['00', '01', '02', '03', '04'],
      messages: [],
    });
  });

  it('of a group that is dropped leaves nothing', async () => {
    await store.declareLog({ log: 'log', partitions: 1 });
    await store.declareGroup({ log: 'log', group: 'group', startFrom: 'earliest' });
    await append(store, 10, 0);
    await putSomeBack(store, clock, PARTITION);
    await leaseAll(store, PARTITION);
    await store.dropGroup('log', 'group');
    await store.purge('queue');
    await store.close();
    expect((await kindsIn(dir)).index).toEqual(['00', '01', '02', '41', '42']);
  });
});

describe('what is forgotten', () => {
  let dir: string;
  let clock: TestClock;
  let store: LmdbStore;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-left-'));
    clock = createTestClock();
    store = await openLmdbStore({ dir, clock });
  });
  afterEach(async () => {
    await store.close();
    await rm(dir, { recursive: true });
  });

  it('of a pipeline leaves nothing but idempotency keys', async () => {
    await fillPipeline(store, clock);
    await store.forgetPipeline('orders');
    await store.close();
    expect(await kindsIn(dir)).toEqual({ index: ['00', '41', '42'], messages: [] });
  });

  it('of a pipeline goes when it is forgotten again, after a crash in between', async () => {
    await fillPipeline(store, clock);
    const forgetting = store.forgetPipeline('orders');
    await store.queues(''); // the first step is done, and none of the others
    await Promise.all([store.crash(), expect(forgetting).rejects.toMatchObject({ code: 'store-closed' })]);
    expect((await kindsIn(dir)).index).toContain('07');
    store = await openLmdbStore({ dir, clock });
    expect(await store.queues('')).toEqual([]);
    expect(await store.groups('')).toEqual([]);
    await store.forgetPipeline('orders');
    await store.close();
    expect(await kindsIn(dir)).toEqual({ index: ['00', '41', '42'], messages: [] });
  });

  it('of a log that is trimmed leaves only the marks before what is kept', async () => {
    await store.declareLog({ log: 'log', partitions: 1 });
    for (let round = 0; round < 30; round += 1) await append(store, 30, round);
    expect(await marksIn(store, dir)).toEqual([256, 512, 768]);
    store = await openLmdbStore({ dir, clock });
    clock.advance(1_000);
    const { bytes } = await store.retained('log');
    const removed = await store.trim({ log: 'log', ageMs: 1_000_000_000_000_000, bytes: bytes / 2 });
    expect(removed).toBeGreaterThan(300);
    expect(removed).toBeLessThan(512);
    expect(await marksIn(store, dir)).toEqual([512, 768]);
  });
});

/** More than one step can remove. */
async function fillPipeline(store: LmdbStore, clock: TestClock): Promise<void> {
  const source: LeaseSource = { kind: 'queue', queue: 'orders/w1' };
  const partition: LeaseSource = { kind: 'group', log: 'orders/out', group: 'orders/w3', partition: 0 };
  await store.declareLog({ log: 'orders/out', partitions: 1 });
  await store.declareGroup({ log: 'orders/out', group: 'orders/w3', startFrom: 'earliest' });
  for (let round = 0; round < 40; round += 1) await append(store, 30, round, { queue: 'orders/w1', log: 'orders/out' });
  for (let number = 0; number < 300; number += 1) await store.commit([{ op: 'dead-letter', letter: aLetter(number) }]);
  for (const each of [source, partition]) {
    await letSomeExpire(store, clock, each);
    await putSomeBack(store, clock, each);
    await leaseAll(store, each);
  }
}

function aLetter(number: number): DeadLetter {
  return {
    id: `d${number}`,
    pipelineId: 'orders',
    nodeId: 'ship',
    version: 1,
    reason: 'permanent',
    error: { code: 'test', message: 'no' },
    cause: `cause ${number % 3}`,
    attempts: 1,
    history: [],
    message: { id: 'm', key: '', payload: 1, headers: {}, correlationId: '', eventTime: 0, enqueuedAt: 0 },
    deadAt: 0,
  };
}

async function append(
  store: LmdbStore,
  count: number,
  round: number,
  to: { readonly queue: string; readonly log: string } = { queue: 'queue', log: 'log' },
): Promise<void> {
  const operations: StoreOperation[] = [];
  for (let number = 0; number < count; number += 1) {
    const message = {
      id: `m${number}`,
      key: '',
      payload: number,
      headers: {},
      correlationId: '',
      eventTime: 0,
      enqueuedAt: 0,
    };
    operations.push({
      op: 'append',
      queue: to.queue,
      message,
      limit: LIMIT,
      ...(number % 3 === 0 ? { group: `g${number % 2}` } : number % 3 === 1 ? { priority: number % 10 } : {}),
    });
    operations.push({ op: 'publish', log: to.log, partition: 0, message, limit: LIMIT });
  }
  operations.push({
    op: 'remember',
    scope: 'scope',
    key: `key ${round}`,
    messageId: 'm0',
    expiresAt: 1_767_225_700_000,
  });
  expect(await store.commit(operations)).toEqual({ ok: true });
}

async function leaseAll(store: LmdbStore, source: LeaseSource): Promise<readonly Lease[]> {
  return (await store.lease({ source, max: 100, leaseMs: 30_000 })).leases;
}

async function letSomeExpire(store: LmdbStore, clock: TestClock, source: LeaseSource): Promise<void> {
  await store.lease({ source, max: 7, leaseMs: 1_000 });
  clock.advance(1_000);
}

/** Settles some, releases some, retries some, and lets the last of them be handed out a second time. */
async function putSomeBack(store: LmdbStore, clock: TestClock, source: LeaseSource): Promise<void> {
  const { leases } = await store.lease({ source, max: 12, leaseMs: 30_000 });
  const operations = leases.map((lease, index): StoreOperation => {
    if (index < 3) return { op: 'ack', lease };
    if (index % 2 === 0) return { op: 'release', lease };
    return {
      op: 'retry',
      lease,
      dueAt: clock.now() + 10,
      failure: { attempt: lease.message.attempt, at: clock.now(), code: 'test', message: 'again' },
    };
  });
  expect(await store.commit(operations)).toEqual({ ok: true });
  clock.advance(20);
}

async function drain(store: LmdbStore, source: LeaseSource): Promise<void> {
  for (let leases = await leaseAll(store, source); leases.length > 0; leases = await leaseAll(store, source)) {
    expect(await store.commit(leases.map((lease) => ({ op: 'ack', lease }) as const))).toEqual({ ok: true });
  }
}

async function queueRecord(dir: string): Promise<unknown> {
  const environment = openEnvironment(join(dir, 'messages.lmdb'));
  const records = [...environment.index.getRange({ start: queueRecordKey(0), end: queueRecordKey(1_000) })];
  await environment.close();
  return JSON.parse(records[0]?.value ?? '');
}

/** Closes the store, and reads the offsets before which marks of its first log stand. */
async function marksIn(store: LmdbStore, dir: string): Promise<readonly number[]> {
  await store.close();
  const environment = openEnvironment(join(dir, 'messages.lmdb'));
  const marks = [...environment.index.getKeys({ start: markKey(1, 0, 0), end: markKey(1, 0, NUMBER_MAX) })];
  await environment.close();
  return marks.map(lastNumber);
}

/** The first byte of every key. */
async function kindsIn(
  dir: string,
): Promise<{ readonly index: readonly string[]; readonly messages: readonly string[] }> {
  const environment = openEnvironment(join(dir, 'messages.lmdb'));
  const kinds = (database: typeof environment.index): readonly string[] => [
    ...new Set([...database.getKeys()].map((key) => Buffer.from(key).toString('hex', 0, 1))),
  ];
  const found = { index: kinds(environment.index), messages: kinds(environment.messages) };
  await environment.close();
  return found;
}
