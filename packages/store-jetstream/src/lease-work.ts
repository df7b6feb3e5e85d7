import type { LeaseRequest, LeaseResult, LeaseSource } from '@sluice/engine';
import type { Batch } from './batch.ts';
import type { Work } from './work.ts';
import { leaseFromPartition, preparePartitionLease } from './lease-partition.ts';
import { leaseFromQueue, prepareQueueLease } from './lease-queue.ts';
import type { Link } from './link.ts';
import type { Instant } from './put-back.ts';
import { leasesThing, queueThing, readerThing } from './read-for-commit.ts';
import type { StoreState } from './store-state.ts';

/** A lease, as the line sees it. */
export function leaseWork(
  { link, state, instant }: { readonly link: Link; readonly state: StoreState; readonly instant: () => Instant },
  { source, ...wish }: LeaseRequest,
): Work<Prepared, LeaseResult> {
  return {
    ...thingsOf(source),
    bytes: 0,
    prepare: async () => {
      const call = { ...wish, at: instant() };
      if (source.kind === 'queue') {
        const queue = state.queues.get(source.queue);
        if (queue === undefined) return nothing;
        const prepared = await prepareQueueLease(link, queue, call);
        return (batch) => leaseFromQueue(batch, queue, { call, prepared });
      }
      const reader = state.reader(source);
      if (reader === undefined) return nothing;
      const messages = await preparePartitionLease(link, reader, call);
      return (batch) => leaseFromPartition(batch, reader, { call, messages });
    },
    run: (batch, handOut) => handOut(batch),
  };
}

/** Hands out what was found. */
type Prepared = (batch: Batch) => LeaseResult;

function nothing(): LeaseResult {
  return { leases: [] };
}

function thingsOf(source: LeaseSource): { readonly looksAt: readonly string[]; readonly changes: readonly string[] } {
  if (source.kind === 'group') return { looksAt: [readerThing(source)], changes: [readerThing(source)] };
  return { looksAt: [queueThing(source.queue)], changes: [queueThing(source.queue), leasesThing(source.queue)] };
}
