import type { Lease } from '../../ports/message-store.ts';

/** A message as the model sees it. Everything is found by looking at all of them: slow and obvious. */
export interface ModelMessage {
  readonly id: string;
  /** FIFO group on the queue. */
  readonly group: string | undefined;
  attempts: number;
  crashes: number;
  failures: number;
  /** ms since 1970; set while it waits for a retry. */
  dueAt: number | undefined;
  /** Handed out and neither settled nor handed out again. */
  held: { readonly lease: Lease; endsAtMs: number } | undefined;
}

export interface StoreModel {
  /** What is not settled, in order of arrival. */
  queue: ModelMessage[];
  /** What the group has not read. */
  unread: ModelMessage[];
  /** Every lease that was ever handed out. */
  readonly leases: Lease[];
  /** Idempotency keys: the message and the time at which they expire. */
  readonly keys: Map<string, { readonly messageId: string; readonly expiresAt: number }>;
  appended: number;
}

export function createModel(): StoreModel {
  return { queue: [], unread: [], leases: [], keys: new Map(), appended: 0 };
}

export function aModelMessage(id: string, group: string | undefined): ModelMessage {
  return { id, group, attempts: 0, crashes: 0, failures: 0, dueAt: undefined, held: undefined };
}

export interface ModelTime {
  readonly now: number;
  readonly monotonicMs: number;
}

export function stateOf(message: ModelMessage, time: ModelTime): 'waiting' | 'in-hand' | 'delayed' {
  if (message.held !== undefined && message.held.endsAtMs > time.monotonicMs) return 'in-hand';
  return message.dueAt === undefined ? 'waiting' : 'delayed';
}

/** Tries including the one that is running, or that ran out. */
export function triesOf(message: ModelMessage): number {
  return message.attempts + (message.held === undefined ? 0 : 1);
}

function isFree(message: ModelMessage, time: ModelTime): boolean {
  if (stateOf(message, time) === 'in-hand') return false;
  return message.dueAt === undefined || message.dueAt <= time.now;
}

/** What a lease on the queue may hand out. */
export function readyOnQueue({ queue }: StoreModel, time: ModelTime): readonly ModelMessage[] {
  return queue.filter(
    (message, index) =>
      isFree(message, time) &&
      (message.group === undefined || !queue.slice(0, index).some((earlier) => earlier.group === message.group)),
  );
}

/** What a lease on the group must hand out, in this order. */
export function readyForGroup({ unread }: StoreModel, time: ModelTime): readonly ModelMessage[] {
  const head = unread[0];
  if (head === undefined || stateOf(head, time) === 'in-hand') return [];
  const stopsAt = unread.findIndex((message) => message.dueAt !== undefined && message.dueAt > time.now);
  return stopsAt === -1 ? unread : unread.slice(0, stopsAt);
}

/** The message that a lease still holds. */
export function heldBy({ queue, unread }: StoreModel, lease: Lease): ModelMessage | undefined {
  return [...queue, ...unread].find((message) => message.held?.lease.token === lease.token);
}

/** Takes a message from whoever held it. */
export function takeBack(
  message: ModelMessage,
  counted: { readonly asAttempt: boolean; readonly asCrash: boolean },
): void {
  if (message.held === undefined) return;
  if (counted.asAttempt) message.attempts += 1;
  if (counted.asCrash) message.crashes += 1;
  message.held = undefined;
}
