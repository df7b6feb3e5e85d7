import { delayedKey, groupedMessageKey, lastNumber, memberKey, messageKey, readyKey, triedKey } from './keys.ts';
import { endHandOut, type Instant } from './hand-out.ts';
import { groupHashOf } from './message-codec.ts';
import type { Lane, QueueState, Tried } from './queue-state.ts';
import { touchGroup } from './settle-fifo-group.ts';
import type { WriteBatch } from './write-batch.ts';

/** One transaction removes at most this many, so that a purge of a long queue holds nobody up. */
const SLICE = 1_000;

export interface PurgeProgress {
  /** Positions from here on were appended after the purge began. */
  readonly end: number;
  /** Where the next slice begins: in each lane, and for messages with a group. */
  readonly lanes: { readonly lane: Lane; from: number }[];
  groupedFrom: number;
  removed: number;
  isDone: boolean;
}

export function beginPurge(queue: QueueState): PurgeProgress {
  const lanes = queue.lanes.map((lane) => ({ lane, from: 0 }));
  return { end: queue.next, lanes, groupedFrom: 0, removed: 0, isDone: false };
}

/** Removes the next slice of what is not in hand. Must be alone in its batch: leases read what it removes. */
export function purgeSlice(
  batch: WriteBatch,
  queue: QueueState,
  { progress, at }: { readonly progress: PurgeProgress; readonly at: Instant },
): void {
  queue.markExpired(at.monotonicMs);
  const seen = [
    ...progress.lanes.map((place) => removePlain(batch, queue, { progress, place })),
    removeGrouped(batch, queue, progress),
  ];
  progress.isDone = seen.every((count) => count < SLICE);
  batch.touchQueue(queue);
}

/** Answers how many were looked at. */
function removePlain(
  batch: WriteBatch,
  queue: QueueState,
  { progress, place }: { readonly progress: PurgeProgress; readonly place: PurgeProgress['lanes'][number] },
): number {
  const { lane } = place;
  let seen = 0;
  const range = {
    start: messageKey(lane.number, place.from),
    end: messageKey(lane.number, progress.end),
    limit: SLICE,
  };
  for (const { key, value } of batch.environment.messages.getRange(range)) {
    const position = lastNumber(key);
    seen += 1;
    place.from = position + 1;
    if (!isRemovable(batch, queue, position)) continue;
    batch.removeMessage(key);
    forget(batch, queue, { position, lane, bytes: Buffer.byteLength(value), progress });
  }
  return seen;
}

function removeGrouped(batch: WriteBatch, queue: QueueState, progress: PurgeProgress): number {
  let seen = 0;
  const range = {
    start: groupedMessageKey(queue.number, progress.groupedFrom),
    end: groupedMessageKey(queue.number, progress.end),
    limit: SLICE,
  };
  for (const { key, value } of batch.environment.messages.getRange(range)) {
    const position = lastNumber(key);
    const text = value;
    seen += 1;
    progress.groupedFrom = position + 1;
    if (!isRemovable(batch, queue, position)) continue;
    batch.removeMessage(key);
    const hash = groupHashOf(text);
    batch.removeIndex(memberKey(queue.number, hash, position));
    touchGroup(batch, queue, hash).removed.add(position);
    forget(batch, queue, { position, lane: queue.normal, bytes: Buffer.byteLength(text), progress });
  }
  return seen;
}

/** An expired lease goes with its message; one that still runs keeps it. */
function isRemovable(batch: WriteBatch, queue: QueueState, position: number): boolean {
  const held = queue.held.get(position);
  if (held === undefined) return true;
  if (!held.isExpired) return false;
  endHandOut(batch, queue, held);
  return true;
}

function forget(
  batch: WriteBatch,
  queue: QueueState,
  {
    position,
    lane,
    bytes,
    progress,
  }: { readonly position: number; readonly lane: Lane; readonly bytes: number; readonly progress: PurgeProgress },
): void {
  const { index } = batch.environment;
  progress.removed += 1;
  queue.messages -= 1;
  lane.messages -= 1;
  queue.bytes -= bytes;
  const isReady = lane.ready > 0 && index.get(readyKey(lane.number, position)) !== undefined;
  if (isReady) {
    batch.removeIndex(readyKey(lane.number, position));
    lane.ready -= 1;
  }
  const record = index.get(triedKey(queue.number, position));
  if (record === undefined) return;
  batch.removeIndex(triedKey(queue.number, position));
  const { dueAt } = JSON.parse(record) as Tried; // written as `Tried`
  const key = dueAt === undefined ? undefined : delayedKey(lane.number, dueAt, position);
  if (key === undefined || index.get(key) === undefined) return; // it was handed out again since
  batch.removeIndex(key);
  lane.delayed -= 1;
}
