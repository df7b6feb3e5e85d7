import { type CommitResult, type Lease, PRIORITIES, type QueueId } from '@sluice/engine';
import { declaredLog, fullPlace } from './check-limits.ts';
import { knownKey, rememberKey } from './idempotency-keys.ts';
import { groupedMessageKey, logMessageKey, memberKey, messageKey } from './keys.ts';
import type { Reader } from './log-state.ts';
import type { Operation, Prepared, PreparedCommit } from './prepare-commit.ts';
import type { Held, Lane, QueueState } from './queue-state.ts';
import { ackOutOfOrder, type PartitionSettlements, settleInPartition } from './read-partition.ts';
import { touchGroup } from './settle-fifo-group.ts';
import { ackOnQueue, releaseOnQueue, retryOnQueue } from './settle-queue.ts';
import type { StoreState } from './store-state.ts';
import { markTime } from './time-marks.ts';
import type { WriteBatch } from './write-batch.ts';

/** What the check has found, so that nothing is looked up twice. */
interface Found {
  /** In the order of the settlements; `undefined` for those on partitions. */
  readonly held: (Held | undefined)[];
  readonly partitions: Map<Reader, PartitionSettlements>;
}

/** Numbers the commits, so that a lease can tell whether this one has claimed it already. */
let commitsChecked = 0;

/** Checks everything, in the order dedupe, leases, letters, limits; then applies everything. Throws only before it applies anything. */
export function commit(batch: WriteBatch, prepared: PreparedCommit, now: number): CommitResult {
  const { operations } = prepared;
  for (const operation of operations) {
    if (operation.op !== 'remember') continue;
    const known = knownKey(batch, operation.name, now);
    if (known !== undefined) return { ok: false, reason: 'duplicate', messageId: known.messageId };
  }
  const found: Found = { held: [], partitions: new Map() };
  const lost = lostLease(batch, operations, found);
  if (lost !== undefined) return { ok: false, reason: 'lease-lost', lease: lost };
  const letterId = prepared.takesLetters ? goneLetter(batch, operations) : undefined;
  if (letterId !== undefined) return { ok: false, reason: 'letter-gone', letterId };
  const full = fullPlace(batch, operations, found.held);
  if (full !== undefined) return { ok: false, reason: 'full', at: full };
  if (prepared.takesLetters) takeLetters(batch, operations);
  apply(batch, operations, found);
  return { ok: true };
}

/** Finds what the settlements settle. Answers the first lease that is not held, or that would be acked too early. */
function lostLease({ state }: WriteBatch, operations: readonly Prepared[], found: Found): Lease | undefined {
  commitsChecked += 1;
  for (const operation of operations) {
    if (operation.op === 'require-lease' && !isHeld(state, operation.of.lease)) return operation.of.lease;
    if (operation.op !== 'settle') continue;
    const { lease } = operation.of;
    if (lease.source.kind === 'queue') {
      const held = state.queues.get(lease.source.queue)?.heldUnder(lease.position, lease.token);
      if (held === undefined || held.claimedBy === commitsChecked) return lease;
      held.claimedBy = commitsChecked;
      found.held.push(held);
    } else {
      const reader = state.reader(lease.source);
      if (reader?.held(lease.position, lease.token) === undefined) return lease;
      if (!addSettlement(found.partitions, reader, operation.of)) return lease;
      found.held.push(undefined);
    }
  }
  for (const [reader, { acks }] of found.partitions) {
    const tooEarly = ackOutOfOrder(reader, acks);
    if (tooEarly !== undefined) return tooEarly;
  }
  return undefined;
}

function isHeld(state: StoreState, { source, position, token }: Lease): boolean {
  return source.kind === 'queue'
    ? state.queues.get(source.queue)?.heldUnder(position, token) !== undefined
    : state.reader(source)?.held(position, token) !== undefined;
}

/** The first letter that a `take-letter` does not find, or that the commit takes twice. */
function goneLetter(batch: WriteBatch, operations: readonly Prepared[]): string | undefined {
  const taken = new Set<string>();
  for (const operation of operations) {
    if (operation.op !== 'take-letter') continue;
    const { pipelineId, letterId } = operation.of;
    const name = JSON.stringify([pipelineId, letterId]);
    if (taken.has(name) || batch.shelf(pipelineId).place(letterId) === undefined) return letterId;
    taken.add(name);
  }
  return undefined;
}

/** False when the commit settles the lease already. */
function addSettlement(
  partitions: Map<Reader, PartitionSettlements>,
  reader: Reader,
  operation: Operation<'ack' | 'retry' | 'release'>,
): boolean {
  let own = partitions.get(reader);
  if (own === undefined) {
    own = { acks: [], retries: [], releases: [], positions: new Set() };
    partitions.set(reader, own);
  }
  if (own.positions.has(operation.lease.position)) return false;
  own.positions.add(operation.lease.position);
  if (operation.op === 'ack') own.acks.push(operation.lease);
  else if (operation.op === 'retry') own.retries.push(operation);
  else own.releases.push(operation);
  return true;
}

/** Before anything else: what is taken was there, and a letter that the same commit keeps under that id stays. */
function takeLetters(batch: WriteBatch, operations: readonly Prepared[]): void {
  for (const operation of operations)
    if (operation.op === 'take-letter') batch.shelf(operation.of.pipelineId).take(operation.of.letterId);
}

function apply(batch: WriteBatch, operations: readonly Prepared[], { held, partitions }: Found): void {
  let settlement = 0;
  let remembered: Set<string> | undefined;
  for (const operation of operations) {
    switch (operation.op) {
      case 'append':
        append(batch, operation);
        break;
      case 'publish':
        publish(batch, operation);
        break;
      case 'settle':
        settleOnQueue(batch, operation.of, held[settlement]);
        settlement += 1;
        break;
      case 'dead-letter':
        batch.shelf(operation.of.letter.pipelineId).put(operation.of.letter, operation.value);
        break;
      case 'cursor':
        batch.putIndex(operation.key, operation.value);
        break;
      case 'drop-cursor':
        batch.removeIndex(operation.key);
        break;
      case 'require-lease':
      case 'take-letter':
        break; // checked, or done before
      case 'remember': {
        const { name, of } = operation;
        const text = name.toString('latin1');
        remembered ??= new Set();
        if (!remembered.has(text)) rememberKey(batch, name, { expiresAt: of.expiresAt, messageId: of.messageId }); // twice in one commit: the first counts
        remembered.add(text);
        break;
      }
      default:
        operation satisfies never;
    }
  }
  for (const [reader, settlements] of partitions) settleInPartition(batch, reader, settlements);
}

function append(batch: WriteBatch, { of, value, group }: Prepared & { readonly op: 'append' }): void {
  const queue = queueToAppendTo(batch, of.queue);
  const position = queue.next;
  queue.next += 1;
  queue.messages += 1;
  queue.bytes += value.length;
  batch.touchQueue(queue);
  const lane = group === undefined ? laneToAppendTo(batch, queue, of.priority) : queue.normal;
  lane.messages += 1;
  if (group === undefined) {
    batch.putMessage(messageKey(lane.number, position), value);
    batch.tellReady(queue.source);
  } else {
    batch.putMessage(groupedMessageKey(queue.number, position), value);
    batch.putIndex(memberKey(queue.number, group, position), '-');
    touchGroup(batch, queue, group).added.push(position);
  }
}

function queueToAppendTo(batch: WriteBatch, id: QueueId): QueueState {
  const known = batch.state.queues.get(id);
  if (known !== undefined) return known;
  batch.touchMeta();
  return batch.state.addQueue(id);
}

function laneToAppendTo(batch: WriteBatch, queue: QueueState, priority: number | undefined): Lane {
  if (priority === undefined || priority === PRIORITIES.normal) return queue.normal;
  const known = queue.laneOf(priority);
  if (known !== undefined) return known;
  batch.touchMeta();
  return queue.addLane(priority, batch.state.takeNumber());
}

function publish(batch: WriteBatch, { of, value }: Prepared & { readonly op: 'publish' }): void {
  const log = declaredLog(batch.state, of);
  const partition = log.partitions[of.partition] as (typeof log.partitions)[number]; // declared
  batch.putMessage(logMessageKey(log.number, of.partition, partition.next), value);
  markTime(batch, log, { partition: of.partition, enqueuedAt: of.message.enqueuedAt });
  partition.next += 1;
  partition.bytesAppended += value.length;
  partition.bytes += value.length;
  batch.touchLog(log);
  for (const group of log.groups.values()) {
    const reader = group.readers[of.partition];
    if (reader !== undefined) batch.tellReady(reader.source);
  }
}

function settleOnQueue(
  batch: WriteBatch,
  operation: Operation<'ack' | 'retry' | 'release'>,
  held: Held | undefined,
): void {
  const { source } = operation.lease;
  if (source.kind !== 'queue' || held === undefined) return;
  const queue = batch.state.queues.get(source.queue) as QueueState; // it holds the lease
  if (operation.op === 'ack') ackOnQueue(batch, queue, held);
  else if (operation.op === 'retry')
    retryOnQueue(batch, queue, { held, dueAt: operation.dueAt, failure: operation.failure });
  else releaseOnQueue(batch, queue, { held, dueAt: operation.dueAt });
}
