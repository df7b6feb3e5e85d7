import type { Backlog, MessageStore, PeekedMessage } from '@sluice/engine';
import type { Environment } from './environment.ts';
import { groupedMessageKey, lastNumber, logMessageKey, messageKey, triedKey } from './keys.ts';
import type { Instant } from './hand-out.ts';
import type { GroupState, Reader } from './log-state.ts';
import { decodeMessage } from './message-codec.ts';
import type { QueueState, Tried } from './queue-state.ts';

// Called only between batches, when memory and database agree.

const EMPTY: Backlog = { messages: 0, bytes: 0, inHand: 0, delayed: 0 };

export function backlogOfQueue(environment: Environment, queue: QueueState | undefined, at: Instant): Backlog {
  if (queue === undefined || queue.messages === 0) return EMPTY;
  queue.markExpired(at.monotonicMs);
  const { messages, bytes, inHand, delayed } = queue;
  const oldest = firstMessages(environment, queue, { after: 0, limit: 1 })[0];
  const counts = { messages, bytes, inHand, delayed };
  return oldest === undefined ? counts : { ...counts, oldestEnqueuedAt: decodeMessage(oldest.text).enqueuedAt };
}

export function backlogOfGroup(environment: Environment, group: GroupState | undefined, at: Instant): Backlog {
  if (group === undefined) return EMPTY;
  let messages = 0;
  let inHand = 0;
  let delayed = 0;
  let oldest: number | undefined;
  for (const reader of group.readers) {
    messages += reader.unreadMessages;
    inHand += reader.inHand(at.monotonicMs);
    delayed += reader.delayed;
    const head = unread(environment, reader, { after: -1, limit: 1 })[0];
    if (head === undefined) continue;
    const { enqueuedAt } = decodeMessage(head.text);
    if (oldest === undefined || enqueuedAt < oldest) oldest = enqueuedAt;
  }
  const replayed = group.replayed;
  const counts = {
    messages,
    bytes: group.unreadBytes,
    inHand,
    delayed,
    ...(replayed.messages > 0 ? { replayed } : {}),
  };
  return oldest === undefined ? counts : { ...counts, oldestEnqueuedAt: oldest };
}

interface PeekRange {
  readonly after: number;
  readonly limit: number;
}

export function peekIntoQueue(
  environment: Environment,
  queue: QueueState,
  { at, ...range }: PeekRange & { readonly at: Instant },
): readonly PeekedMessage[] {
  queue.markExpired(at.monotonicMs);
  return firstMessages(environment, queue, range).map(({ position, text }) => {
    const held = queue.held.get(position);
    const record = environment.index.get(triedKey(queue.number, position));
    const tried = held?.tried ?? (record === undefined ? undefined : (JSON.parse(record) as Tried)); // written as `Tried`
    return describe({
      position,
      text,
      tried,
      isHeld: held !== undefined,
      isInHand: held !== undefined && !held.isExpired,
    });
  });
}

export function peekBeforeGroup(
  environment: Environment,
  group: GroupState,
  {
    after,
    limit,
    at,
  }: {
    readonly after: NonNullable<Parameters<MessageStore['peek']>[0]['after']>;
    readonly limit: number;
    readonly at: Instant;
  },
): readonly PeekedMessage[] {
  const seen: PeekedMessage[] = [];
  for (const reader of group.readers) {
    const first = after.partition ?? 0;
    if (reader.partition < first || seen.length >= limit) continue;
    const range = { after: reader.partition === first ? after.position : -1, limit: limit - seen.length };
    for (const { position, text } of unread(environment, reader, range)) {
      const held = reader.run[position - reader.position];
      const tried = reader.tried.get(position);
      const isInHand = held !== undefined && held.endsAtMs > at.monotonicMs;
      seen.push({
        partition: reader.partition,
        ...describe({ position, text, tried, isHeld: held !== undefined, isInHand }),
      });
    }
  }
  return seen;
}

function describe(message: {
  readonly position: number;
  readonly text: string;
  readonly tried: Tried | undefined;
  readonly isHeld: boolean;
  readonly isInHand: boolean;
}): PeekedMessage {
  const { position, text, tried, isHeld, isInHand } = message;
  const dueAt = isHeld ? undefined : tried?.dueAt;
  const lastFailure = tried?.history.at(-1);
  return {
    position,
    message: decodeMessage(text),
    state: isInHand ? 'in-hand' : dueAt === undefined ? 'waiting' : 'delayed',
    attempts: (tried?.attempts ?? 0) + (isHeld ? 1 : 0),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(lastFailure === undefined ? {} : { lastFailure }),
  };
}

interface StoredText {
  readonly position: number;
  readonly text: string;
}

/** The first messages of a queue after a position, of all priorities, with and without group. */
function firstMessages(
  { messages }: Environment,
  queue: QueueState,
  { after, limit }: PeekRange,
): readonly StoredText[] {
  const places = [
    ...queue.lanes.map(({ number }) => ({ keyOf: messageKey, number })),
    { keyOf: groupedMessageKey, number: queue.number },
  ];
  const found = places.flatMap(({ keyOf, number }) => {
    const range = messages.getRange({ start: keyOf(number, after + 1), end: keyOf(number + 1, 0), limit });
    return [...range].map(({ key, value }) => ({ position: lastNumber(key), text: value }));
  });
  return found.sort((a, b) => a.position - b.position).slice(0, limit);
}

function unread(
  { messages }: Environment,
  { group, partition, position, end }: Reader,
  { after, limit }: PeekRange,
): readonly StoredText[] {
  const log = group.log.number;
  const start = logMessageKey(log, partition, Math.max(position, after + 1));
  const range = messages.getRange({ start, end: logMessageKey(log, partition, end), limit });
  return [...range].map(({ key, value }) => ({ position: lastNumber(key), text: value }));
}
