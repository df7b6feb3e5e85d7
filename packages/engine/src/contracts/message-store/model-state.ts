import type { DeadLetter, Lease } from '../../ports/message-store.ts';

/** A message as the model sees it. Everything is found by looking at all of them: slow and obvious. */
export interface ModelMessage {
  readonly id: string;
  /** FIFO group on the queue. */
  readonly group: string | undefined;
  readonly priority: number;
  /** ms since 1970. */
  readonly enqueuedAt: number;
  attempts: number;
  crashes: number;
  failures: number;
  /** ms since 1970; set while it waits for a time. */
  dueAt: number | undefined;
  /** Handed out and neither settled nor handed out again. */
  held: { readonly lease: Lease; endsAtMs: number } | undefined;
}

export interface StoreModel {
  /** What is not settled, in order of arrival. */
  queue: ModelMessage[];
  /** Hand-outs of the queue since one of them was the message that had come first. */
  passedOver: number;
  /** All that was ever published; offsets are indices. */
  readonly log: ModelMessage[];
  /** What lies before it has been trimmed. */
  first: number;
  /** Where the group stands. */
  position: number;
  /** The furthest that it ever stood. */
  passed: number;
  /** Every lease that was ever handed out. */
  readonly leases: Lease[];
  /** Idempotency keys: the message and the time at which they expire. */
  readonly keys: Map<string, { readonly messageId: string; readonly expiresAt: number }>;
  /** In the order in which they died. */
  letters: DeadLetter[];
  appended: number;
}

export function createModel(): StoreModel {
  return {
    queue: [],
    passedOver: 0,
    log: [],
    first: 0,
    position: 0,
    passed: 0,
    leases: [],
    keys: new Map(),
    letters: [],
    appended: 0,
  };
}

export interface ModelTime {
  readonly now: number;
  readonly monotonicMs: number;
}

export function nextId(model: StoreModel): string {
  model.appended += 1;
  return `m${model.appended}`;
}

export function aModelMessage(
  id: string,
  place: { readonly enqueuedAt: number; readonly group?: string; readonly priority?: number },
): ModelMessage {
  const { enqueuedAt, group, priority } = place;
  return {
    id,
    group,
    priority: group === undefined ? (priority ?? 4) : 4,
    enqueuedAt,
    attempts: 0,
    crashes: 0,
    failures: 0,
    dueAt: undefined,
    held: undefined,
  };
}

/** What the group has not read. */
export function unreadOf({ log, position }: StoreModel): readonly ModelMessage[] {
  return log.slice(position);
}

export function stateOf(message: ModelMessage, time: ModelTime): 'waiting' | 'in-hand' | 'delayed' {
  if (message.held !== undefined && message.held.endsAtMs > time.monotonicMs) return 'in-hand';
  return message.dueAt === undefined ? 'waiting' : 'delayed';
}

/** Tries including the one that is running, or that ran out. */
export function triesOfModel(message: ModelMessage): number {
  return message.attempts + (message.held === undefined ? 0 : 1);
}

/** It was never handed out, so it stands where it arrived. */
export function isFresh(message: ModelMessage, { leases }: StoreModel): boolean {
  return !leases.some((lease) => lease.message.id === message.id);
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
export function readyForGroup(model: StoreModel, time: ModelTime): readonly ModelMessage[] {
  const unread = unreadOf(model);
  const head = unread[0];
  if (head === undefined || stateOf(head, time) === 'in-hand') return [];
  const stopsAt = unread.findIndex((message) => message.dueAt !== undefined && message.dueAt > time.now);
  return stopsAt === -1 ? unread : unread.slice(0, stopsAt);
}

/** The message that a lease still holds. */
export function heldBy(model: StoreModel, lease: Lease): ModelMessage | undefined {
  return [...model.queue, ...unreadOf(model)].find((message) => message.held?.lease.token === lease.token);
}

export function hasExpired(message: ModelMessage, time: ModelTime): boolean {
  return message.held !== undefined && message.held.endsAtMs <= time.monotonicMs;
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

/** The group leaves it behind: should it come again, everything begins anew. */
export function leaveBehind(message: ModelMessage): void {
  Object.assign(message, { attempts: 0, crashes: 0, failures: 0, dueAt: undefined, held: undefined });
}
