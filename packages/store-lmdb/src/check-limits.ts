import { type CommitResult, deadLetterShelf, type LogId, type QueueId } from '@sluice/engine';
import type { LogState } from './log-state.ts';
import type { Operation, Prepared } from './prepare-commit.ts';
import type { Held } from './queue-state.ts';
import type { StoreState } from './store-state.ts';
import type { WriteBatch } from './write-batch.ts';

/** What the commit takes from a queue makes room for what it adds. */
export function fullPlace(
  batch: WriteBatch,
  operations: readonly Prepared[],
  held: readonly (Held | undefined)[],
): Place | undefined {
  if (!operations.some(({ op }) => op === 'append' || op === 'publish' || op === 'dead-letter')) return undefined;
  const { state } = batch;
  const growth = operations.length === 1 ? undefined : growthOf(operations, held);
  for (const operation of operations) {
    if (operation.op === 'append') {
      const { limit, queue: id } = operation.of;
      const { messages, bytes } =
        growth === undefined ? { messages: 1, bytes: operation.value.length } : (growth.queues.get(id) ?? NOTHING);
      const queue = state.queues.get(id) ?? NOTHING;
      if (queue.messages + messages > limit.messages || queue.bytes + bytes > limit.bytes) return id;
    } else if (operation.op === 'publish') {
      const log = declaredLog(state, operation.of);
      const bytes = growth === undefined ? operation.value.length : (growth.logs.get(log.id) ?? 0);
      if (log.groups.size > 0 && log.unpassedBytes + bytes > operation.of.limit.bytes) return log.id;
    } else if (operation.op === 'dead-letter' && isShelfFull(batch, operation.of, operations)) {
      return deadLetterShelf(operation.of.letter.pipelineId);
    }
  }
  return undefined;
}

type Place = Extract<CommitResult, { readonly reason: 'full' }>['at'];

const NOTHING = { messages: 0, bytes: 0 };

interface Growth {
  readonly queues: Map<QueueId, { messages: number; bytes: number }>;
  /** Bytes. */
  readonly logs: Map<LogId, number>;
}

function growthOf(operations: readonly Prepared[], held: readonly (Held | undefined)[]): Growth {
  const growth: Growth = { queues: new Map(), logs: new Map() };
  const grow = (queue: QueueId, messages: number, bytes: number): void => {
    const sum = growth.queues.get(queue);
    if (sum === undefined) growth.queues.set(queue, { messages, bytes });
    else {
      sum.messages += messages;
      sum.bytes += bytes;
    }
  };
  let settlement = 0;
  for (const operation of operations) {
    if (operation.op === 'append') grow(operation.of.queue, 1, operation.value.length);
    else if (operation.op === 'publish')
      growth.logs.set(operation.of.log, (growth.logs.get(operation.of.log) ?? 0) + operation.value.length);
    else if (operation.op === 'settle') {
      const { lease } = operation.of;
      if (operation.of.op === 'ack' && lease.source.kind === 'queue')
        grow(lease.source.queue, -1, -(held[settlement]?.bytes ?? 0));
      settlement += 1;
    }
  }
  return growth;
}

/** What the commit takes from the shelf, or replaces, makes room for what it keeps. */
function isShelfFull(
  batch: WriteBatch,
  { letter: { pipelineId }, limit }: Operation<'dead-letter'>,
  operations: readonly Prepared[],
): boolean {
  if (limit === undefined) return false;
  const shelf = batch.shelf(pipelineId);
  let { messages, bytes } = shelf.usage;
  const kept = new Map<string, number>();
  const gone = new Set<string>();
  for (const operation of operations) {
    if (operation.op === 'take-letter' && operation.of.pipelineId === pipelineId) gone.add(operation.of.letterId);
    if (operation.op !== 'dead-letter' || operation.of.letter.pipelineId !== pipelineId) continue;
    gone.add(operation.of.letter.id);
    kept.set(operation.of.letter.id, operation.value.length);
  }
  for (const id of gone) {
    const place = shelf.place(id);
    if (place === undefined) continue;
    messages -= 1;
    bytes -= place.bytes;
  }
  for (const length of kept.values()) {
    messages += 1;
    bytes += length;
  }
  return messages > limit.messages || bytes > limit.bytes;
}

export function declaredLog(
  state: StoreState,
  { log: id, partition }: { readonly log: LogId; readonly partition: number },
): LogState {
  const log = state.logs.get(id);
  if (log === undefined) throw new Error(`Log ${id} has not been declared.`);
  if (log.partitions[partition] === undefined)
    throw new Error(`Log ${id} has ${log.partitions.length} partitions, none with number ${partition}.`);
  return log;
}
