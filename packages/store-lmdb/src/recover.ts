import type { Environment } from './environment.ts';
import {
  endOf,
  groupedMessageKey,
  groupRecordKey,
  handOutKey,
  lastNumber,
  logRecordKey,
  messageKey,
  META_KEY,
  positionKey,
  queueRecordKey,
  readyKey,
  runKey,
  triedInPartitionKey,
  triedKey,
} from './keys.ts';
import { endHandOut, type Instant, positionsOf } from './hand-out.ts';
import {
  type GroupRecord,
  GroupState,
  type LogRecord,
  LogState,
  type PositionRecord,
  type Reader,
  type RunRecord,
} from './log-state.ts';
import { groupHashOf } from './message-codec.ts';
import { type Lane, NEVER_TRIED, type QueueRecord, QueueState, type Tried } from './queue-state.ts';
import { countExpired, putRun, putTried } from './read-partition.ts';
import { FORMAT, type MetaRecord, StoreState } from './store-state.ts';
import { encodeWaitingEntry } from './waiting-entry.ts';
import { WriteBatch } from './write-batch.ts';

export function readMeta(environment: Environment): MetaRecord {
  const text = environment.index.get(META_KEY);
  return text === undefined ? { format: FORMAT, tokens: 0, nextNumber: 1 } : (JSON.parse(text) as MetaRecord); // written by the batch
}

/** Reads what the store keeps in memory. Costs nothing per waiting message. */
export function loadState(environment: Environment): StoreState {
  const state = new StoreState(readMeta(environment));
  for (const [number, record] of records<QueueRecord>(environment, queueRecordKey(0))) {
    state.queues.set(record.id, new QueueState(number, record));
  }
  const logs = new Map<number, LogState>();
  for (const [number, record] of records<LogRecord>(environment, logRecordKey(0))) {
    const log = new LogState(number, record);
    logs.set(number, log);
    state.logs.set(record.id, log);
  }
  for (const [number, record] of records<GroupRecord>(environment, groupRecordKey(0))) {
    const log = logs.get(record.log);
    if (log === undefined) throw new Error(`The log of group ${record.id} is missing.`);
    log.groups.set(record.id, loadGroup(environment, { number, id: record.id, log }));
  }
  return state;
}

/** Makes everything ready again that was in hand when the process died, and counts the crash and the attempt. */
export async function recoverFromCrash(environment: Environment, state: StoreState): Promise<void> {
  const batch = new WriteBatch(environment, state);
  for (const queue of state.queues.values()) recoverQueue(batch, queue);
  for (const log of state.logs.values()) {
    for (const group of log.groups.values()) for (const reader of group.readers) recoverReader(batch, reader);
  }
  await writeAll(environment, batch);
}

/** Makes everything ready again that is in hand, and counts it only where its time has run out. */
export async function returnAll(environment: Environment, state: StoreState, at: Instant): Promise<void> {
  const batch = new WriteBatch(environment, state);
  for (const queue of state.queues.values()) returnQueue(batch, queue, at);
  for (const log of state.logs.values()) {
    for (const group of log.groups.values()) for (const reader of group.readers) returnReader(batch, reader, at);
  }
  await writeAll(environment, batch);
}

async function writeAll(environment: Environment, batch: WriteBatch): Promise<void> {
  batch.seal();
  if (batch.size > 0) await environment.transact(() => batch.write());
}

function recoverQueue(batch: WriteBatch, queue: QueueState): void {
  const { index, messages } = batch.environment;
  for (const { key, value } of index.getRange({
    start: handOutKey(queue.number, 0),
    end: handOutKey(queue.number + 1, 0),
  })) {
    batch.removeIndex(key);
    const positions = positionsOf(JSON.parse(value) as readonly number[]); // written by `handOut`
    for (const [step, position] of positions.entries()) {
      const token = lastNumber(key) + step;
      const grouped = messages.get(groupedMessageKey(queue.number, position));
      const lane =
        grouped === undefined
          ? queue.lanes.find(({ number }) => messages.doesExist(messageKey(number, position)))
          : queue.normal;
      if (lane === undefined) continue; // settled
      const before = readTried(index, triedKey(queue.number, position));
      if (before.token >= token) continue; // it came back before the crash
      const group = grouped === undefined ? undefined : groupHashOf(grouped);
      makeReady(batch, queue, { position, lane, group, tried: { ...crashed(before), token } });
    }
  }
}

function returnQueue(batch: WriteBatch, queue: QueueState, at: Instant): void {
  queue.markExpired(at.monotonicMs);
  for (const held of queue.held.values()) {
    const { attempts, crashes, history } = held.tried ?? NEVER_TRIED;
    const tried: Tried = { attempts: attempts + (held.isExpired ? 1 : 0), crashes, history, token: held.token };
    endHandOut(batch, queue, held);
    makeReady(batch, queue, { position: held.position, lane: held.lane, group: held.group, tried });
  }
}

function makeReady(
  batch: WriteBatch,
  queue: QueueState,
  ready: {
    readonly position: number;
    readonly lane: Lane;
    readonly group: Uint8Array | undefined;
    readonly tried: Tried;
  },
): void {
  const { position, lane, group, tried } = ready;
  batch.putIndex(triedKey(queue.number, position), JSON.stringify(tried));
  batch.putIndex(readyKey(lane.number, position), encodeWaitingEntry({ group, isTried: true }));
  lane.ready += 1;
  batch.touchQueue(queue);
}

function recoverReader(batch: WriteBatch, reader: Reader): void {
  const text = batch.environment.index.get(runKey(reader.group.number, reader.partition));
  if (text === undefined) return;
  const { from, count, firstToken } = JSON.parse(text) as RunRecord; // written by `putRun`
  for (let offset = Math.max(from, reader.position); offset < from + count; offset += 1) {
    const before = reader.tried.get(offset) ?? NEVER_TRIED;
    putTried(batch, reader, { offset, tried: { ...crashed(before), token: firstToken + offset - from } });
  }
  putRun(batch, reader); // nothing is in hand
}

function returnReader(batch: WriteBatch, reader: Reader, at: Instant): void {
  if (reader.run.length === 0) return;
  countExpired(batch, reader, at.monotonicMs);
  reader.run = [];
  putRun(batch, reader);
}

function crashed({ attempts, crashes, history }: Tried): Omit<Tried, 'token' | 'dueAt'> {
  return { attempts: attempts + 1, crashes: crashes + 1, history };
}

function loadGroup(
  environment: Environment,
  group: { readonly number: number; readonly id: string; readonly log: LogState },
): GroupState {
  const made = new GroupState({
    ...group,
    startAt(partition) {
      const text = environment.index.get(positionKey(group.number, partition));
      if (text === undefined)
        throw new Error(`The position of group ${group.id} on partition ${partition} is missing.`);
      return JSON.parse(text) as PositionRecord; // written when the batch was sealed
    },
  });
  for (const reader of made.readers) {
    const start = triedInPartitionKey(group.number, reader.partition, 0);
    for (const { key, value } of environment.index.getRange({ start, end: endOf(start.subarray(0, -6)) })) {
      reader.tried.set(lastNumber(key), JSON.parse(value) as Tried); // written by `putTried`
    }
  }
  return made;
}

function readTried(index: Environment['index'], key: Uint8Array): Tried {
  const text = index.get(key);
  return text === undefined ? NEVER_TRIED : (JSON.parse(text) as Tried); // written as `Tried`
}

/** All records of the kind that the key of number 0 begins. */
function* records<T>(environment: Environment, first: Buffer): Generator<readonly [number: number, record: T]> {
  for (const { key, value } of environment.index.getRange({ start: first, end: endOf(first.subarray(0, 1)) })) {
    yield [Buffer.from(key).readUInt32BE(1), JSON.parse(value) as T]; // each key has one kind of record
  }
}
