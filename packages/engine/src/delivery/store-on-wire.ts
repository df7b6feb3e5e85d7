import type { StoredMessage } from '../message.ts';
import { readKeyPath } from '../plan/key-path.ts';
import type { LogPlan, PullWirePlan } from '../plan/wire-plan.ts';
import type { StoreOperation } from '../ports/message-store.ts';
import { partitionOf } from './output-id.ts';
import { readPriority } from './read-priority.ts';

/** Puts a message on a pull wire's queue: in the FIFO group that `orderBy` names, or with the priority that it has. */
export function appendTo(
  wire: PullWirePlan,
  message: StoredMessage,
  limit: PullWirePlan['limit'] = wire.limit,
): StoreOperation {
  const { queue, orderBy } = wire;
  if (orderBy !== undefined) {
    const group = readKeyPath(message, orderBy);
    return group === undefined
      ? { op: 'append', queue, message, limit }
      : { op: 'append', queue, message, group, limit };
  }
  const priority = wire.priority === undefined ? undefined : readPriority(message, wire.priority);
  return priority === undefined
    ? { op: 'append', queue, message, limit }
    : { op: 'append', queue, message, priority, limit };
}

/** Puts a message on a port's log, in the partition of its key; without a key, of its id. */
export function publishTo(
  log: LogPlan,
  partitions: number,
  message: StoredMessage,
  limit: { readonly bytes: number } = { bytes: log.retention.bytes },
): StoreOperation {
  const key = log.orderBy === undefined ? message.key : (readKeyPath(message, log.orderBy) ?? '');
  const partition = partitionOf(key === '' ? message.id : key, partitions);
  return { op: 'publish', log: log.log, partition, message, limit };
}

/** How many messages a commit puts on the queue or log `at`. */
export function countedFor(operations: readonly StoreOperation[], at: string): number {
  return operations.filter(
    (operation) =>
      (operation.op === 'append' && operation.queue === at) || (operation.op === 'publish' && operation.log === at),
  ).length;
}
