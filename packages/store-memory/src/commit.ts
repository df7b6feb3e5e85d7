import type { CommitResult, Lease, LeaseSource, StoreOperation } from '@sluice/engine';
import { messageBytes } from './message-bytes.ts';
import type { PartitionSettlements } from './memory-log.ts';
import type { MemoryPartitionReader } from './memory-partition-reader.ts';
import type { MemoryState } from './memory-state.ts';

type Settlement = StoreOperation & { readonly op: 'ack' | 'retry' | 'release' };
type Growth = StoreOperation & { readonly op: 'append' | 'publish' };

export interface Commit {
  readonly state: MemoryState;
  readonly operations: readonly StoreOperation[];
  /** ms since 1970. */
  readonly now: number;
  readonly onReady: (source: LeaseSource) => void;
}

/** Checks everything, in the order dedupe, leases, limits; then applies everything. */
export function commit(commit: Commit): CommitResult {
  const { state, operations, now } = commit;
  for (const operation of operations) {
    if (operation.op !== 'remember') continue;
    const messageId = state.keys.recall(operation.scope, operation.key, now);
    if (messageId !== undefined) return { ok: false, reason: 'duplicate', messageId };
  }
  const settlements = operations.filter(isSettlement);
  const readers = groupByReader(state, settlements);
  const lost = lostLease(state, settlements, readers);
  if (lost !== undefined) return { ok: false, reason: 'lease-lost', lease: lost };
  const sizes = new Map<Growth, number>();
  for (const operation of operations) if (isGrowth(operation)) sizes.set(operation, messageBytes(operation.message));
  const full = fullPlace(state, settlements, sizes);
  if (full !== undefined) return { ok: false, reason: 'full', at: full };
  apply(commit, { sizes, readers });
  return { ok: true };
}

function isSettlement(operation: StoreOperation): operation is Settlement {
  return operation.op === 'ack' || operation.op === 'retry' || operation.op === 'release';
}

function isGrowth(operation: StoreOperation): operation is Growth {
  return operation.op === 'append' || operation.op === 'publish';
}

function readerOf(state: MemoryState, lease: Lease): MemoryPartitionReader | undefined {
  if (lease.source.kind === 'queue') return undefined;
  return state.logs.get(lease.source.log)?.reader(lease.source.group, lease.source.partition);
}

function groupByReader(
  state: MemoryState,
  settlements: readonly Settlement[],
): Map<MemoryPartitionReader, PartitionSettlements> {
  const readers = new Map<MemoryPartitionReader, PartitionSettlements>();
  for (const operation of settlements) {
    const reader = readerOf(state, operation.lease);
    if (reader === undefined) continue;
    const own = readers.get(reader) ?? { acks: [], retries: [], releases: [] };
    readers.set(reader, own);
    if (operation.op === 'ack') own.acks.push(operation.lease);
    else if (operation.op === 'retry') own.retries.push(operation);
    else own.releases.push(operation.lease);
  }
  return readers;
}

function lostLease(
  state: MemoryState,
  settlements: readonly Settlement[],
  readers: ReadonlyMap<MemoryPartitionReader, PartitionSettlements>,
): Lease | undefined {
  const tokens = new Set<number>();
  for (const { lease } of settlements) {
    if (tokens.has(lease.token)) return lease; // settled by this very commit
    tokens.add(lease.token);
    const isHeld =
      lease.source.kind === 'queue'
        ? state.queues.get(lease.source.queue)?.heldBytes(lease) !== undefined
        : readerOf(state, lease)?.isHeld(lease) === true;
    if (!isHeld) return lease;
  }
  for (const [reader, { acks }] of readers) {
    const tooEarly = reader.ackOutOfOrder(acks);
    if (tooEarly !== undefined) return tooEarly;
  }
  return undefined;
}

/** What the commit takes from a queue makes room for what it adds. */
function fullPlace(
  state: MemoryState,
  settlements: readonly Settlement[],
  sizes: ReadonlyMap<Growth, number>,
): string | undefined {
  const growth = new Map<string, { messages: number; bytes: number }>();
  for (const { op, lease } of settlements) {
    if (op !== 'ack' || lease.source.kind !== 'queue' || sizes.size === 0) continue;
    add(growth, `q:${lease.source.queue}`, {
      messages: -1,
      bytes: -(state.queue(lease.source.queue).heldBytes(lease) ?? 0),
    });
  }
  for (const [operation, bytes] of sizes) {
    add(growth, operation.op === 'append' ? `q:${operation.queue}` : `l:${operation.log}`, { messages: 1, bytes });
  }
  for (const operation of sizes.keys()) {
    if (operation.op === 'append') {
      const { messages, bytes } = growth.get(`q:${operation.queue}`) ?? { messages: 0, bytes: 0 };
      const queue = state.queues.get(operation.queue);
      if ((queue?.messages ?? 0) + messages > operation.limit.messages) return operation.queue;
      if ((queue?.bytes ?? 0) + bytes > operation.limit.bytes) return operation.queue;
    } else {
      const log = state.log(operation.log);
      if (log.partitions[operation.partition] === undefined) {
        throw new Error(
          `Log ${operation.log} has ${log.partitions.length} partitions, none with number ${operation.partition}.`,
        );
      }
      const bytes = growth.get(`l:${operation.log}`)?.bytes ?? 0;
      if (log.groups.length > 0 && log.unreadBytes + bytes > operation.limit.bytes) return operation.log;
    }
  }
  return undefined;
}

function add(
  growth: Map<string, { messages: number; bytes: number }>,
  name: string,
  more: { readonly messages: number; readonly bytes: number },
): void {
  const sum = growth.get(name);
  if (sum === undefined) growth.set(name, { ...more });
  else {
    sum.messages += more.messages;
    sum.bytes += more.bytes;
  }
}

function apply(
  { state, operations, onReady }: Commit,
  checked: {
    readonly sizes: ReadonlyMap<Growth, number>;
    readonly readers: ReadonlyMap<MemoryPartitionReader, PartitionSettlements>;
  },
): void {
  const remembered = new Set<string>();
  for (const operation of operations) {
    switch (operation.op) {
      case 'append': {
        const bytes = checked.sizes.get(operation) ?? messageBytes(operation.message);
        const isReady = state.queue(operation.queue).append(operation.message, bytes, operation.group);
        if (isReady) onReady({ kind: 'queue', queue: operation.queue });
        break;
      }
      case 'publish': {
        const log = state.log(operation.log);
        const { partition } = operation;
        log.partitions[partition]?.append(
          operation.message,
          checked.sizes.get(operation) ?? messageBytes(operation.message),
        );
        for (const group of log.groups) onReady({ kind: 'group', log: operation.log, group, partition });
        break;
      }
      case 'ack':
      case 'retry':
      case 'release':
        settleOnQueue(state, operation, onReady);
        break;
      case 'dead-letter':
        state.shelf(operation.letter.pipelineId).add(operation.letter);
        break;
      case 'cursor':
        state.cursors.set(operation.source, operation.value);
        break;
      case 'remember': {
        const name = JSON.stringify([operation.scope, operation.key]);
        if (!remembered.has(name)) state.keys.remember(operation); // twice in one commit: the first counts
        remembered.add(name);
        break;
      }
      default:
        operation satisfies never;
    }
  }
  for (const [reader, settlements] of checked.readers) if (reader.settle(settlements)) onReady(reader.source);
}

function settleOnQueue(state: MemoryState, operation: Settlement, onReady: (source: LeaseSource) => void): void {
  const { source } = operation.lease;
  if (source.kind !== 'queue') return;
  const queue = state.queue(source.queue);
  if (operation.op === 'ack') {
    if (queue.ack(operation.lease)) onReady(source);
    return;
  }
  if (operation.op === 'retry') queue.retry(operation.lease, operation.dueAt, operation.failure);
  else queue.release(operation.lease);
  onReady(source); // after a retry too: who waits must learn the new time
}
