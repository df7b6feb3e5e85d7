import type { AttemptRecord, Lease } from '@sluice/engine';
import type { Batch } from './batch.ts';
import { NEVER_TRIED, type Run, type Tried } from './effects.ts';
import type { HeldOffset, Reader } from './log-state.ts';
import { withFailure } from './message-codec.ts';

/** Settlements of one commit on one partition of one group, in any order. */
export interface PartitionSettlements {
  readonly acks: Lease[];
  readonly retries: { readonly lease: Lease; readonly dueAt: number; readonly failure: AttemptRecord }[];
  readonly releases: { readonly lease: Lease; readonly dueAt?: number }[];
}

/** The first ack, in order, before which something stays unsettled. */
export function ackOutOfOrder(reader: Reader, acks: readonly Lease[]): Lease | undefined {
  return inOrder(acks).find((lease, index) => lease.position !== reader.position + index);
}

/** Takes settlements that were found in hand and in order. */
export function settleInPartition(
  batch: Batch,
  reader: Reader,
  { acks, retries, releases }: PartitionSettlements,
): void {
  let { position, bytesRead, run } = reader;
  const tried = new Map<number, Tried | null>();
  for (const lease of inOrder(acks)) {
    const [held, ...rest] = run;
    if (held?.offset !== lease.position) throw new Error(`Offset ${lease.position} was checked and is not next.`);
    run = rest;
    position += 1;
    bytesRead += held.bytes;
    if (reader.tried.has(held.offset)) tried.set(held.offset, null);
  }
  for (const { lease, dueAt, failure } of retries) {
    const { attempts, crashes, history } = reader.tried.get(lease.position) ?? NEVER_TRIED;
    tried.set(lease.position, { attempts: attempts + 1, crashes, history: withFailure(history, failure), dueAt });
    run = before(run, lease);
  }
  for (const { lease, dueAt } of releases) {
    const known = reader.tried.get(lease.position) ?? NEVER_TRIED;
    if (dueAt !== undefined) tried.set(lease.position, { ...known, dueAt });
    run = before(run, lease);
  }
  reader.run = run;
  batch.apply({
    effect: 'read',
    of: reader.group.number,
    partition: reader.partition,
    position,
    bytesRead,
    run: toRecord(run),
    tried: [...tried],
  });
  if (run.length === 0 && reader.unread.messages > 0) batch.tellReady(reader.source);
}

/** As a crash has to find it. */
export function toRecord(run: readonly HeldOffset[]): Run | null {
  const [head] = run;
  return head === undefined ? null : { from: head.offset, count: run.length, firstToken: head.token };
}

function before(run: readonly HeldOffset[], { position }: Lease): HeldOffset[] {
  return run.filter(({ offset }) => offset < position);
}

function inOrder(leases: readonly Lease[]): readonly Lease[] {
  return leases.length < 2 ? leases : leases.toSorted((a, b) => a.position - b.position);
}
