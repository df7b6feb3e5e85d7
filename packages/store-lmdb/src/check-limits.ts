import type { CommitResult, LogId, QueueId } from '@sluice/engine';
import type { LogState } from './log-state.ts';
import type { Prepared } from './prepare-commit.ts';
import type { Held } from './queue-state.ts';
import type { StoreState } from './store-state.ts';

/** What the commit takes from a queue makes room for what it adds. */
export function fullPlace(
  state: StoreState,
  operations: readonly Prepared[],
  held: readonly (Held | undefined)[],
): Place | undefined {
  if (!operations.some(({ op }) => op === 'append' || op === 'publish')) return undefined;
  const growth = growthOf(operations, held);
  for (const operation of operations) {
    if (operation.op === 'append') {
      const { limit, queue: id } = operation.of;
      const { messages, bytes } = growth.queues.get(id) ?? NOTHING;
      const queue = state.queues.get(id) ?? NOTHING;
      if (queue.messages + messages > limit.messages || queue.bytes + bytes > limit.bytes) return id;
    } else if (operation.op === 'publish') {
      const log = declaredLog(state, operation.of);
      const bytes = growth.logs.get(log.id) ?? 0;
      if (log.groups.size > 0 && log.unreadBytes + bytes > operation.of.limit.bytes) return log.id;
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
