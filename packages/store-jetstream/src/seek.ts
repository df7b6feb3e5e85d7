import type { SeekRequest } from '@sluice/engine';
import type { Batch } from './batch.ts';
import type { Tried } from './effects.ts';
import { readPartition } from './lease-partition.ts';
import type { Link } from './link.ts';
import type { GroupState, Reader } from './log-state.ts';
import { countExpired, type Instant } from './put-back.ts';

/** Where a reader goes on, and the bytes that were published before. */
export interface Target {
  readonly reader: Reader;
  readonly position: number;
  readonly bytesRead: number;
}

/** Finds the places. Throws where the request cannot be meant. */
export async function findTargets(
  link: Link,
  group: GroupState,
  { partition, to }: SeekRequest,
): Promise<readonly Target[]> {
  if (partition !== undefined) group.log.partition(partition); // throws where there is none
  if (typeof to === 'object' && 'position' in to && partition === undefined)
    throw new Error(`A seek to a position of log ${group.log.id} has to name its partition.`);
  const readers = group.readers.filter((reader) => partition === undefined || reader.partition === partition);
  return Promise.all(readers.map((reader) => findTarget(link, reader, to)));
}

export function seek(batch: Batch, { reader, position, bytesRead }: Target, at: Instant): void {
  const tried = new Map<number, Tried | null>();
  const count = countExpired(reader.run, at.monotonicMs);
  for (const { offset } of reader.run) {
    const before = reader.tried.get(offset);
    const after = count(offset, before ?? { attempts: 0, crashes: 0, history: [] });
    if (after.attempts !== (before?.attempts ?? 0)) tried.set(offset, after);
  }
  // What it leaves behind begins anew.
  for (const offset of [...reader.tried.keys(), ...tried.keys()]) if (offset < position) tried.set(offset, null);
  reader.run = [];
  batch.apply({
    effect: 'read',
    of: reader.group.number,
    partition: reader.partition,
    position,
    bytesRead,
    run: null,
    tried: [...tried],
  });
  batch.tellReady(reader.source);
}

async function findTarget(link: Link, reader: Reader, to: SeekRequest['to']): Promise<Target> {
  const { first, next, bytesPublished } = reader.state;
  const wanted =
    to === 'earliest'
      ? first
      : to === 'latest'
        ? next
        : 'position' in to
          ? to.position
          : await firstNotBefore(link, reader, to.time);
  const position = Math.min(Math.max(wanted, first), next);
  if (position === next) return { reader, position, bytesRead: bytesPublished };
  const [message] = await readPartition(link, reader, { from: position, count: 1 });
  return { reader, position, bytesRead: message?.bytesBefore ?? bytesPublished };
}

/**
 * The first offset whose message was enqueued at this time or later. Times may go back, so each message tells the latest
 * time up to itself, which never does: the first at which that reaches the time is the one.
 */
async function firstNotBefore(link: Link, reader: Reader, time: number): Promise<number> {
  let { first: low, next: high } = reader.state;
  const { first } = reader.state;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const [message] = await readPartition(link, reader, { from: middle, count: 1 });
    if ((message?.latestAt ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  if (low !== first || low === reader.state.next) return low;
  return firstFrom(link, reader, { from: low, time });
}

/** A message that was trimmed may have borne the latest time: then the first that is kept may be older than it says. */
async function firstFrom(
  link: Link,
  reader: Reader,
  { from, time }: { readonly from: number; readonly time: number },
): Promise<number> {
  for (let offset = from; offset < reader.state.next; offset += 1) {
    const [message] = await readPartition(link, reader, { from: offset, count: 1 });
    if (message === undefined || message.message.enqueuedAt >= time) return offset;
  }
  return reader.state.next;
}
