import { type CommitResult, type Lease, type LeaseSource, PRIORITIES, type StoreOperation } from '@sluice/engine';
import { fullPlace } from './check-limits.ts';
import { messageBytes } from './message-bytes.ts';
import type { PartitionSettlements } from './memory-log.ts';
import type { MemoryPartitionReader } from './memory-partition-reader.ts';
import type { MemoryState } from './memory-state.ts';

export type Operation<Name extends StoreOperation['op']> = StoreOperation & { readonly op: Name };
export type Settlement = Operation<'ack' | 'retry' | 'release'>;

export interface Commit {
  readonly state: MemoryState;
  readonly operations: readonly StoreOperation[];
  /** ms since 1970. */
  readonly now: number;
  readonly onReady: (source: LeaseSource) => void;
}

/** Checks everything, in the order dedupe, leases, letters, limits; then applies everything. */
export function commit(commit: Commit): CommitResult {
  const { state, operations, now } = commit;
  for (const operation of operations) {
    if (operation.op !== 'remember') continue;
    const messageId = state.keys.recall(operation.scope, operation.key, now);
    if (messageId !== undefined) return { ok: false, reason: 'duplicate', messageId };
  }
  const settlements = operations.filter(isSettlement);
  const readers = groupByReader(state, settlements);
  const lost = lostLease(state, operations, readers);
  if (lost !== undefined) return { ok: false, reason: 'lease-lost', lease: lost };
  const letterId = goneLetter(state, operations);
  if (letterId !== undefined) return { ok: false, reason: 'letter-gone', letterId };
  const sizes = new Map<StoreOperation, number>();
  for (const operation of operations)
    if (operation.op === 'append' || operation.op === 'publish') sizes.set(operation, messageBytes(operation.message));
  assertPriorities(operations);
  const full = fullPlace(state, operations, { settlements, sizes });
  if (full !== undefined) return { ok: false, reason: 'full', at: full };
  apply(commit, { sizes, readers });
  return { ok: true };
}

function assertPriorities(operations: readonly StoreOperation[]): void {
  for (const operation of operations) {
    if (operation.op !== 'append' || operation.priority === undefined) continue;
    const { queue, priority } = operation;
    if (!Number.isInteger(priority) || priority < PRIORITIES.lowest || priority > PRIORITIES.highest)
      throw new RangeError(
        `Queue ${queue} takes priorities from ${PRIORITIES.lowest} to ${PRIORITIES.highest}, not ${priority}.`,
      );
  }
}

function isSettlement(operation: StoreOperation): operation is Settlement {
  return operation.op === 'ack' || operation.op === 'retry' || operation.op === 'release';
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
    else own.releases.push(operation);
  }
  return readers;
}

function lostLease(
  state: MemoryState,
  operations: readonly StoreOperation[],
  readers: ReadonlyMap<MemoryPartitionReader, PartitionSettlements>,
): Lease | undefined {
  const tokens = new Set<number>();
  for (const operation of operations) {
    if (!isSettlement(operation) && operation.op !== 'require-lease') continue;
    const { op, lease } = operation;
    if (!isHeld(state, lease)) return lease;
    if (op === 'require-lease') continue;
    if (tokens.has(lease.token)) return lease; // settled by this very commit
    tokens.add(lease.token);
  }
  for (const [reader, { acks }] of readers) {
    const tooEarly = reader.ackOutOfOrder(acks);
    if (tooEarly !== undefined) return tooEarly;
  }
  return undefined;
}

function isHeld(state: MemoryState, lease: Lease): boolean {
  return lease.source.kind === 'queue'
    ? state.queues.get(lease.source.queue)?.heldBytes(lease) !== undefined
    : readerOf(state, lease)?.isHeld(lease) === true;
}

/** The first letter that a `take-letter` does not find, or that the commit takes twice. */
function goneLetter(state: MemoryState, operations: readonly StoreOperation[]): string | undefined {
  const taken = new Set<string>();
  for (const operation of operations) {
    if (operation.op !== 'take-letter') continue;
    const { pipelineId, letterId } = operation;
    const name = JSON.stringify([pipelineId, letterId]);
    if (taken.has(name) || state.shelves.get(pipelineId)?.get(letterId) === undefined) return letterId;
    taken.add(name);
  }
  return undefined;
}

function apply(
  { state, operations, onReady }: Commit,
  checked: {
    readonly sizes: ReadonlyMap<StoreOperation, number>;
    readonly readers: ReadonlyMap<MemoryPartitionReader, PartitionSettlements>;
  },
): void {
  const remembered = new Set<string>();
  // What is taken was there before: a letter that the same commit keeps under that id stays.
  for (const operation of operations)
    if (operation.op === 'take-letter') state.shelf(operation.pipelineId).take(operation.letterId);
  for (const operation of operations) {
    switch (operation.op) {
      case 'append': {
        const { queue, message, ...place } = operation;
        const bytes = checked.sizes.get(operation) ?? messageBytes(message);
        const isReady = state.queue(queue).append(message, { ...place, bytes });
        if (isReady) onReady({ kind: 'queue', queue });
        break;
      }
      case 'publish': {
        const log = state.log(operation.log);
        const { partition, message } = operation;
        log.partitions[partition]?.append(message, checked.sizes.get(operation) ?? messageBytes(message));
        for (const group of log.groups) onReady({ kind: 'group', log: operation.log, group, partition });
        break;
      }
      case 'ack':
      case 'retry':
      case 'release':
        settleOnQueue(state, operation, onReady);
        break;
      case 'dead-letter':
        state.shelf(operation.letter.pipelineId).put(operation.letter);
        break;
      case 'cursor':
        state.cursors.set(operation.source, operation.value);
        break;
      case 'drop-cursor':
        state.cursors.delete(operation.source);
        break;
      case 'remember': {
        const name = JSON.stringify([operation.scope, operation.key]);
        if (!remembered.has(name)) state.keys.remember(operation); // twice in one commit: the first counts
        remembered.add(name);
        break;
      }
      case 'require-lease':
      case 'take-letter':
        break; // checked, or done above
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
  else queue.release(operation.lease, operation.dueAt);
  onReady(source); // after a retry too: who waits must learn the new time
}
