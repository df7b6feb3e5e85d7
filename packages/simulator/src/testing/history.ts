import type { Lease, LeaseSource, MessageStore, StoreOperation } from '@sluice/engine';
import { overriding } from './overriding.ts';

/** What took effect in the store, in the order in which it did, with the deaths of the process in between. */
export type HistoryEntry =
  | { readonly kind: 'leased'; readonly at: number; readonly lease: Lease; readonly leaseMs: number }
  | { readonly kind: 'extended'; readonly at: number; readonly lease: Lease; readonly leaseMs: number }
  | { readonly kind: 'committed'; readonly at: number; readonly operations: readonly StoreOperation[] }
  | { readonly kind: 'purged'; readonly at: number; readonly queue: string; readonly messages: number }
  | { readonly kind: 'sought'; readonly at: number; readonly log: string; readonly group: string }
  | { readonly kind: 'dropped'; readonly at: number; readonly log: string; readonly group: string }
  | { readonly kind: 'crashed'; readonly at: number }
  /** A caller was told that its message is accepted, or that it is a duplicate of `correlationId`. */
  | { readonly kind: 'told'; readonly at: number; readonly status: string; readonly correlationId: string };

export interface History {
  readonly entries: readonly HistoryEntry[];
  /** Ids that callers may be told of: everything that a commit has stored or remembered. */
  note(entry: HistoryEntry): void;
  /** The store, watched, for one process; the one before it is dead then. `at` is the time on the world's monotonic clock. */
  watching(store: MessageStore, now: () => number): MessageStore;
}

export function createHistory(): History {
  const entries: HistoryEntry[] = [];
  let processes = 0;
  return {
    entries,
    note: (entry) => entries.push(entry),
    watching(store, now) {
      if (processes > 0) entries.push({ kind: 'crashed', at: now() });
      processes += 1;
      return overriding(store, {
        async lease(request) {
          const result = await store.lease(request);
          for (const lease of result.leases)
            entries.push({ kind: 'leased', at: now(), lease, leaseMs: request.leaseMs });
          return result;
        },
        async extend(lease, leaseMs) {
          const extended = await store.extend(lease, leaseMs);
          if (extended !== undefined) entries.push({ kind: 'extended', at: now(), lease: extended, leaseMs });
          return extended;
        },
        async commit(operations) {
          const result = await store.commit(operations);
          if (result.ok) entries.push({ kind: 'committed', at: now(), operations });
          return result;
        },
        async purge(queue) {
          const messages = await store.purge(queue);
          entries.push({ kind: 'purged', at: now(), queue, messages });
          return messages;
        },
        async seek(request) {
          const result = await store.seek(request);
          entries.push({ kind: 'sought', at: now(), log: request.log, group: request.group });
          return result;
        },
        async dropGroup(log, group) {
          await store.dropGroup(log, group);
          entries.push({ kind: 'dropped', at: now(), log, group });
        },
      });
    },
  };
}

/** A queue, or one partition as one group sees it. */
export function placeOf(source: LeaseSource): string {
  return source.kind === 'queue' ? source.queue : `${source.group} of ${source.log}[${source.partition}]`;
}
