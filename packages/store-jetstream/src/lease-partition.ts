import type { Lease, LeaseResult } from '@sluice/engine';
import type { Batch } from './batch.ts';
import { NEVER_TRIED, type Tried } from './effects.ts';
import type { LeaseCall } from './lease-queue.ts';
import type { Link } from './link.ts';
import type { Reader } from './log-state.ts';
import { decodeInLog, handedOut, type InLog } from './message-codec.ts';
import { countExpired } from './put-back.ts';
import { partitionStream } from './streams.ts';
import { toRecord } from './settle-partition.ts';

/** What stands before a group on a partition: as much as a lease may hand out. */
export async function preparePartitionLease(
  link: Link,
  reader: Reader,
  { max, at, enqueuedBefore }: LeaseCall,
): Promise<readonly InLog[]> {
  if (isInHand(reader, at.monotonicMs)) return [];
  const count = Math.min(max, firstDelayed(reader, at.now) - reader.position);
  const messages = await readPartition(link, reader, { from: reader.position, count });
  const young = messages.findIndex(
    ({ message }) => enqueuedBefore !== undefined && message.enqueuedAt >= enqueuedBefore,
  );
  return young === -1 ? messages : messages.slice(0, young);
}

export function leaseFromPartition(
  batch: Batch,
  reader: Reader,
  { call, messages }: { readonly call: LeaseCall; readonly messages: readonly InLog[] },
): LeaseResult {
  if (isInHand(reader, call.at.monotonicMs)) return { leases: [] };
  const { position, bytesRead } = reader;
  const changed = new Map<number, Tried>();
  const count = countExpired(reader.run, call.at.monotonicMs);
  for (const { offset } of reader.run) {
    const before = reader.tried.get(offset) ?? NEVER_TRIED;
    const after = count(offset, before);
    if (after !== before) changed.set(offset, after);
  }
  const tried = messages.map(
    (_, index) => changed.get(position + index) ?? reader.tried.get(position + index) ?? NEVER_TRIED,
  );
  for (const [index, { dueAt, ...rest }] of tried.entries())
    if (dueAt !== undefined) changed.set(position + index, rest); // waits no longer
  const hadRun = reader.run.length > 0;
  const first = messages.length === 0 ? 0 : batch.state.takeTokens(messages.length, batch.apply);
  const endsAtMs = call.at.monotonicMs + call.leaseMs;
  reader.run = messages.map(({ bytes }, index) => ({
    offset: position + index,
    token: first + index,
    bytes,
    endsAtMs,
  }));
  if (messages.length > 0 || hadRun) {
    const run = toRecord(reader.run);
    batch.apply({
      effect: 'read',
      of: reader.group.number,
      partition: reader.partition,
      position,
      bytesRead,
      run,
      tried: [...changed],
    });
  }
  const leases = messages.map(({ message }, index): Lease => {
    const { attempts, crashes, history } = tried[index] ?? NEVER_TRIED;
    return {
      source: reader.source,
      position: position + index,
      token: first + index,
      expiresAt: call.at.now + call.leaseMs,
      message: handedOut(message, attempts + 1),
      crashes,
      history,
      ...(position + index < reader.passed.position ? { replayed: true } : {}),
    };
  });
  const nextDueAt = leases.length < call.max ? reader.tried.get(position)?.dueAt : undefined;
  return nextDueAt === undefined ? { leases } : { leases, nextDueAt };
}

/** The messages of a partition from an offset on. Each offset from the first that is kept to the end has its message. */
export async function readPartition(
  link: Link,
  { group: { log }, partition }: Reader,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<readonly InLog[]> {
  if (count <= 0) return [];
  const sequences = Array.from({ length: count }, (_, index) => from + index + 1);
  const stored = await link.getAll(partitionStream(log.number, partition), sequences);
  if (stored.length < count)
    throw new Error(`Messages of partition ${partition} of log ${log.id} are missing from offset ${from} on.`);
  return stored.map(({ text }) => decodeInLog(text));
}

function isInHand({ run: [head] }: Reader, monotonicMs: number): boolean {
  return head !== undefined && head.endsAtMs > monotonicMs;
}

/** The first offset that waits for a later time, or the end. */
function firstDelayed(reader: Reader, now: number): number {
  let first = reader.state.next;
  for (const [offset, { dueAt }] of reader.tried)
    if (dueAt !== undefined && dueAt > now) first = Math.min(first, offset);
  return first;
}
