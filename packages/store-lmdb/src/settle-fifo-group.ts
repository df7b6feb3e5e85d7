import { memberKey, lastNumber, readyKey } from './keys.ts';
import type { QueueState } from './queue-state.ts';
import { encodeWaitingEntry } from './waiting-entry.ts';
import type { WriteBatch } from './write-batch.ts';

/** A FIFO group that a batch changes. */
export interface TouchedGroup {
  readonly queue: QueueState;
  readonly hash: Uint8Array;
  readonly added: number[];
  readonly removed: Set<number>;
}

export function touchGroup(batch: WriteBatch, queue: QueueState, hash: Uint8Array): TouchedGroup {
  const name = `${queue.number}:${Buffer.from(hash).toString('latin1')}`;
  let touched = batch.touchedGroups.get(name);
  if (touched === undefined) {
    touched = { queue, hash, added: [], removed: new Set() };
    batch.touchedGroups.set(name, touched);
  }
  return touched;
}

/**
 * Makes the head of each changed group ready, if it is a new head. Done once per batch, when all members that come and go
 * are known: the database shows the members as they were before the batch.
 */
export function freeGroups(batch: WriteBatch): void {
  for (const { queue, hash, added, removed } of batch.touchedGroups.values()) {
    const head = newHead(batch, { queue, hash, added, removed });
    if (head === undefined) continue;
    batch.putIndex(readyKey(queue.number, head), encodeWaitingEntry({ group: hash, isTried: false })); // nobody had it before
    queue.normal.ready += 1;
    batch.touchQueue(queue);
    batch.tellReady(queue.source);
  }
}

/** The first member that stays, unless it was the first before. */
function newHead(batch: WriteBatch, { queue, hash, added, removed }: TouchedGroup): number | undefined {
  const stored = batch.environment.index.getKeys({
    start: memberKey(queue.number, hash, 0),
    end: memberKey(queue.number, hash, 0xffff_ffff_ffff),
    limit: removed.size + 1,
  });
  let isFirst = true;
  for (const key of stored) {
    const position = lastNumber(key);
    if (!removed.has(position)) return isFirst ? undefined : position;
    isFirst = false;
  }
  return added.find((position) => !removed.has(position));
}
