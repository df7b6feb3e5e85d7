import { decodeLetter } from './dead-letters.ts';
import { dropGroup } from './declare-log.ts';
import {
  endOf,
  forgottenKey,
  letterKey,
  NUMBER_MAX,
  logPrefixes,
  logRecordKey,
  queuePrefixes,
  queueRecordKey,
  shelfKey,
} from './keys.ts';
import { nameHash } from './message-codec.ts';
import type { WriteBatch } from './write-batch.ts';

/** One transaction removes at most this many records. */
const SLICE = 1_000;

/** Stands under a number that nothing leads to any more, until everything under it is gone. */
interface ForgottenRecord {
  /** Of the queue or log. */
  readonly id: string;
  readonly kind: 'lane' | 'log';
}

/**
 * Takes queues, logs and groups of a pipeline away from everybody at once; what they held is removed later, slice by slice.
 * Must be alone in its batch, since others may hold what it takes.
 */
export function forgetPlaces(batch: WriteBatch, pipelineId: string): void {
  const { state } = batch;
  const prefix = `${pipelineId}/`;
  const forget = (number: number, record: ForgottenRecord): void =>
    batch.putIndex(forgottenKey(number), JSON.stringify(record));
  for (const queue of state.queues.values()) {
    if (!queue.id.startsWith(prefix)) continue;
    state.queues.delete(queue.id);
    batch.removeIndex(queueRecordKey(queue.number));
    for (const lane of queue.lanes) forget(lane.number, { id: queue.id, kind: 'lane' });
  }
  for (const log of state.logs.values()) {
    const isForgotten = log.id.startsWith(prefix) && !log.id.startsWith('topic/');
    for (const group of log.groups.keys())
      if (isForgotten || group.startsWith(prefix)) dropGroup(batch, { log: log.id, group });
    if (!isForgotten) continue;
    state.logs.delete(log.id);
    batch.removeIndex(logRecordKey(log.number));
    forget(log.number, { id: log.id, kind: 'log' });
  }
}

/** Removes the next slice of what forgotten queues and logs held; answers whether that was all. Must be alone in its batch. */
export function removeForgotten(batch: WriteBatch, pipelineId: string): boolean {
  const { index } = batch.environment;
  const start = forgottenKey(0).subarray(0, 1);
  let left = SLICE;
  for (const { key, value } of index.getRange({ start, end: endOf(start) })) {
    const { id, kind } = JSON.parse(value) as ForgottenRecord; // written by `forgetPlaces`
    if (!id.startsWith(`${pipelineId}/`)) continue;
    const number = Buffer.from(key).readUInt32BE(1);
    const prefixes = kind === 'log' ? logPrefixes(number) : queuePrefixes(number);
    left -= removeUnder(batch, 'index', { prefixes: prefixes.index, max: left });
    left -= removeUnder(batch, 'messages', { prefixes: prefixes.messages, max: left });
    if (left === 0) return false;
    batch.removeIndex(key);
  }
  return true;
}

function removeUnder(
  batch: WriteBatch,
  database: 'index' | 'messages',
  { prefixes, max }: { readonly prefixes: readonly Buffer[]; readonly max: number },
): number {
  let removed = 0;
  for (const prefix of prefixes) {
    const range = { start: prefix, end: endOf(prefix), limit: max - removed };
    if (range.limit === 0) break;
    for (const key of batch.environment[database].getKeys(range)) {
      if (database === 'index') batch.removeIndex(key);
      else batch.removeMessage(key);
      removed += 1;
    }
  }
  return removed;
}

/** Takes the next slice of a pipeline's dead letters away, and at last their shelf; answers whether that was all. */
export function removeLetters(batch: WriteBatch, pipelineId: string): boolean {
  const pipeline = nameHash(pipelineId);
  const letters = batch.environment.messages.getRange({
    start: letterKey(pipeline, 0),
    end: letterKey(pipeline, NUMBER_MAX),
    limit: SLICE / 5,
  });
  let isDone = true;
  for (const { value } of letters) {
    batch.shelf(pipelineId).take(decodeLetter(value).id);
    isDone = false;
  }
  if (isDone) batch.removeIndex(shelfKey(pipeline));
  return isDone;
}
