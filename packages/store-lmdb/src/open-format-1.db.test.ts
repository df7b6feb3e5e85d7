import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredMessage } from '@sluice/engine';
import { createTestClock } from '@sluice/engine/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEnvironment } from './environment.ts';
import { type LmdbStore, openLmdbStore } from './index.ts';
import {
  groupRecordKey,
  letterByIdKey,
  letterByNodeKey,
  letterKey,
  logMessageKey,
  logRecordKey,
  messageKey,
  META_KEY,
  positionKey,
  queueRecordKey,
  shelfKey,
} from './keys.ts';
import { nodeHash } from './letter-shelf.ts';
import { encodeMessage, nameHash } from './message-codec.ts';

/** As the version before priorities, replay and causes wrote it. */
const START = 1_767_225_600_000;
const PUBLISHED = 600;
const LETTERS = 1_200;
/** The clock was wrong when it was enqueued. */
const AHEAD = 'p595';
const QUEUE = 'orders/w1';
const LOG = 'orders/price.out';
const GROUP = 'orders/w3';
const LIMIT = { messages: 1_000_000, bytes: 1_000_000_000 };

describe('a folder that was written in format 1', () => {
  let dir: string;
  let store: LmdbStore;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-format-'));
    await writeFormat1(dir);
    store = await openLmdbStore({ dir, clock: createTestClock() });
  });
  afterEach(async () => {
    await store.close();
    await rm(dir, { recursive: true });
  });

  it('has everything that it had, and takes priorities from then on', async () => {
    await store.commit([
      { op: 'append', queue: QUEUE, message: aMessage('high'), priority: 9, limit: LIMIT },
      { op: 'append', queue: QUEUE, message: aMessage('late'), limit: LIMIT },
    ]);
    expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 4, inHand: 0, delayed: 0 });
    const { leases } = await store.lease({ source: { kind: 'queue', queue: QUEUE }, max: 10, leaseMs: 1_000 });
    expect(leases.map(({ message }) => message.id)).toEqual(['high', 'q1', 'q2', 'late']);
  });

  it('has its dead letters counted by the code of their errors', async () => {
    const groups = await store.deadLetterGroups('orders');
    expect(groups.map(({ nodeId, cause, messages }) => [nodeId, cause, messages])).toEqual([
      ['ship', 'timeout', LETTERS - 1],
      ['bill', 'refused', 1],
    ]);
    expect(groups[0]).toMatchObject({ firstAt: START, lastAt: START + LETTERS - 1 });
    expect(await store.deadLetterCounts('orders')).toEqual({ ship: LETTERS - 1, bill: 1 });
    const [refused] = await store.deadLetters({
      pipelineId: 'orders',
      nodeId: 'bill',
      reason: 'permanent',
      cause: 'refused',
      limit: 10,
    });
    expect(refused).toMatchObject({ id: 'd700', cause: 'refused', error: { code: 'refused' } });
    expect((await store.deadLetterUsage('orders')).messages).toBe(LETTERS);
  });

  it('counts on from there, to the last letter', async () => {
    for (let first = 0; first < LETTERS; first += 300) {
      const taken = Array.from({ length: 300 }, (_, index) => `d${first + index}`);
      const result = await store.commit(
        taken.map((letterId) => ({ op: 'take-letter', pipelineId: 'orders', letterId }) as const),
      );
      expect(result).toEqual({ ok: true });
    }
    expect(await store.deadLetterGroups('orders')).toEqual([]);
    expect(await store.deadLetterUsage('orders')).toEqual({ messages: 0, bytes: 0 });
    expect(await store.deadLetters({ pipelineId: 'orders', limit: 10 })).toEqual([]);
  });

  it('reads its logs again from any time, also where new messages follow old ones', async () => {
    const seekTo = async (time: number): Promise<string | undefined> => {
      await store.seek({ log: LOG, group: GROUP, to: { time } });
      const source = { kind: 'group', log: LOG, group: GROUP, partition: 0 } as const;
      return (await store.lease({ source, max: 1, leaseMs: 1_000 })).leases[0]?.message.id;
    };
    expect(await seekTo(START + 317)).toBe('p317');
    // From here on there are marks, and they know nothing of what lies before them.
    for (let first = PUBLISHED; first < PUBLISHED + 600; first += 100) await publish(store, first, 100);
    expect(await seekTo(START + 317)).toBe('p317');
    expect(await seekTo(START + 599)).toBe(AHEAD);
    expect(await seekTo(START + 1_100)).toBe(AHEAD);
    expect(await seekTo(START + 5_000)).toBe(AHEAD);
    expect(await seekTo(START + 6_000)).toBeUndefined();
  });

  it('is of the new format afterwards, and opens again', async () => {
    await store.close();
    store = await openLmdbStore({ dir, clock: createTestClock() });
    expect((await store.deadLetterUsage('orders')).messages).toBe(LETTERS);
    expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: PUBLISHED - 10 });
  });
});

describe('a folder that a newer version has written', () => {
  it('is refused, and says so', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-format-'));
    const environment = openEnvironment(join(dir, 'messages.lmdb'));
    await environment.transact(() => {
      void environment.index.put(META_KEY, JSON.stringify({ format: 99, tokens: 0, nextNumber: 1 }));
    });
    await environment.close();
    const opening = openLmdbStore({ dir, clock: createTestClock() });
    await expect(opening).rejects.toMatchObject({ code: 'data-dir-unusable' });
    await expect(opening).rejects.toThrow('format 99');
    await rm(dir, { recursive: true });
  });
});

function aMessage(id: string, enqueuedAt = START): StoredMessage {
  return { id, key: '', payload: id, headers: {}, correlationId: id, eventTime: START, enqueuedAt };
}

async function publish(store: LmdbStore, first: number, count: number): Promise<void> {
  const operations = Array.from({ length: count }, (_, index) => {
    const message = aMessage(`p${first + index}`, START + first + index);
    return { op: 'publish', log: LOG, partition: 0, message, limit: LIMIT } as const;
  });
  expect(await store.commit(operations)).toEqual({ ok: true });
}

async function writeFormat1(dir: string): Promise<void> {
  const environment = openEnvironment(join(dir, 'messages.lmdb'));
  const index = new Map<Buffer, string>();
  const messages = new Map<Buffer, string>();
  index.set(META_KEY, JSON.stringify({ format: 1, tokens: 1_000_003, nextNumber: 4 }));
  putQueue(index, messages);
  putLog(index, messages);
  putLetters(index, messages);
  await environment.transact(() => {
    for (const [key, value] of index) void environment.index.put(key, value);
    for (const [key, value] of messages) void environment.messages.put(key, value);
  });
  await environment.close();
}

type Records = Map<Buffer, string>;

function putQueue(index: Records, messages: Records): void {
  const texts = ['q1', 'q2'].map((id) => encodeMessage(aMessage(id)).toString());
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  const record = { id: QUEUE, next: 4, scan: 2, messages: 2, bytes, ready: 0, delayed: 0 };
  index.set(queueRecordKey(1), JSON.stringify(record));
  for (const [number, text] of texts.entries()) messages.set(messageKey(1, number + 2), text);
}

function putLog(index: Records, messages: Records): void {
  let bytes = 0;
  let bytesRead = 0;
  for (let offset = 0; offset < PUBLISHED; offset += 1) {
    const text = encodeMessage(aMessage(`p${offset}`, START + (`p${offset}` === AHEAD ? 5_500 : offset))).toString();
    messages.set(logMessageKey(2, 0, offset), text);
    bytes += text.length;
    if (offset < 10) bytesRead += text.length;
  }
  const partitions = [{ first: 0, next: PUBLISHED, bytesAppended: bytes, bytes }];
  index.set(logRecordKey(2), JSON.stringify({ id: LOG, partitions }));
  index.set(groupRecordKey(3), JSON.stringify({ id: GROUP, log: 2 }));
  index.set(positionKey(3, 0), JSON.stringify({ position: 10, bytesRead }));
}

function putLetters(index: Records, messages: Records): void {
  const pipeline = nameHash('orders');
  for (let number = 0; number < LETTERS; number += 1) {
    const isOdd = number === 700;
    const nodeId = isOdd ? 'bill' : 'ship';
    const letter = {
      id: `d${number}`,
      pipelineId: 'orders',
      nodeId,
      wireId: 'w1',
      version: 3,
      reason: isOdd ? 'permanent' : 'attempts-exhausted',
      error: { code: isOdd ? 'refused' : 'timeout', message: `failed ${number}` },
      attempts: 8,
      history: [],
      message: aMessage(`m${number}`),
      deadAt: START + number,
    };
    messages.set(letterKey(pipeline, number + 1), JSON.stringify(letter));
    index.set(letterByNodeKey(pipeline, nodeHash(nodeId), number + 1), '-');
    index.set(letterByIdKey(pipeline, nameHash(letter.id)), JSON.stringify({ number: number + 1, nodeId }));
  }
  const counts = { ship: LETTERS - 1, bill: 1 };
  index.set(shelfKey(pipeline), JSON.stringify({ pipelineId: 'orders', nextNumber: LETTERS + 1, counts }));
}
