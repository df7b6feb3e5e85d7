import type { Lease, MessageStore } from '../ports/message-store.ts';
import type { RunningParts } from '../running/parts.ts';
import { endMarkOf, type LogShare } from './wire-source.ts';

/**
 * A log goes on for other wires when one of its wires is removed, and a topic for other subscribers. Then a group of its
 * own marks where the removed one's share ends: set behind the last message that the old version wrote, it is durable
 * and asks no clock.
 */
export function markEnd(store: MessageStore, { log, group }: LogShare): Promise<void> {
  return store.declareGroup({ log, group: endMarkOf(group), startFrom: 'latest' });
}

/** The first position of a partition that is not owed any more; infinite while there is none. */
export async function endOf(store: MessageStore, { log, group }: LogShare, partition: number): Promise<number> {
  const source = { log, group: endMarkOf(group) };
  const [head] = await store.peek({ source, limit: 1, after: { partition, position: -1 } });
  return head?.partition === partition ? head.position : Number.POSITIVE_INFINITY;
}

/** What of a run is still owed; the rest is given back. */
export async function withinEnd(parts: RunningParts, leases: readonly Lease[]): Promise<readonly Lease[]> {
  const [first] = leases;
  if (first?.source.kind !== 'group') return leases;
  const end = await endOf(parts.store, first.source, first.source.partition);
  const beyond = leases.filter(({ position }) => position >= end);
  if (beyond.length === 0) return leases;
  // Not at once: given back, they would be handed out again, and again.
  const dueAt = parts.clock.now() + BEYOND_MS;
  await parts.commit(beyond.map((lease) => ({ op: 'release', lease, dueAt })));
  return leases.filter(({ position }) => position < end);
}

/** The next look at a partition whose share is read; ms. */
const BEYOND_MS = 1_000;

/** True when the group has read its share in every partition. */
export async function hasReadToEnd(store: MessageStore, share: LogShare): Promise<boolean> {
  const { partitions } = await store.declareLog({ log: share.log, partitions: 1 });
  for (let partition = 0; partition < partitions; partition += 1) {
    const [head] = await store.peek({ source: share, limit: 1, after: { partition, position: -1 } });
    if (head?.partition === partition && head.position < (await endOf(store, share, partition))) return false;
  }
  return true;
}
