import type { Lease, LeaseSource, MessageStore, StoredMessage, StoreOperation } from '@sluice/engine';

export const QUEUE = 'orders/w1';
const SOURCE: LeaseSource = { kind: 'queue', queue: QUEUE };
const LEASE_MS = 30_000;
const NO_LIMIT = { messages: 1_000_000, bytes: 1_000_000_000 };

export function append(id: string, more: { readonly group?: string; readonly payload?: string } = {}): StoreOperation {
  const { group, payload = '' } = more;
  const message: StoredMessage = { id, key: '', payload, headers: {}, correlationId: id, eventTime: 0, enqueuedAt: 0 };
  return { op: 'append', queue: QUEUE, message, limit: NO_LIMIT, ...(group === undefined ? {} : { group }) };
}

export function ack(lease: Lease): StoreOperation {
  return { op: 'ack', lease };
}

export async function commitAll(store: MessageStore, ...operations: readonly StoreOperation[]): Promise<void> {
  const result = await store.commit(operations);
  if (!result.ok) throw new Error(`The commit was refused: ${result.reason}`);
}

export async function leaseAll(store: MessageStore, max = 100): Promise<readonly Lease[]> {
  return (await store.lease({ source: SOURCE, max, leaseMs: LEASE_MS })).leases;
}

/** Leases and acks until nothing is ready; answers the ids in the order in which they came. */
export async function drain(store: MessageStore): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const leases = await leaseAll(store);
    if (leases.length === 0) return ids;
    ids.push(...leases.map(({ message }) => message.id));
    await commitAll(store, ...leases.map(ack));
  }
}

/** What can be seen of a queue, without changing it. */
export async function idsIn(store: MessageStore): Promise<readonly string[]> {
  return (await store.peek({ source: { queue: QUEUE }, limit: 1_000 })).map(({ message }) => message.id);
}
