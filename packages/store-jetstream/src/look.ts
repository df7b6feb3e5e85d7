import type { Backlog, PeekedMessage } from '@sluice/engine';
import { NEVER_TRIED, type Tried } from './effects.ts';
import { readPartition } from './lease-partition.ts';
import type { Link, Stored } from './link.ts';
import type { GroupState, Reader } from './log-state.ts';
import { decodeMessage } from './message-codec.ts';
import type { Instant } from './put-back.ts';
import type { QueueState } from './queue-state.ts';
import { queueStream, queueSubject } from './streams.ts';
import { lookAtTried } from './tried-records.ts';

const NOTHING: Backlog = { messages: 0, bytes: 0, inHand: 0, delayed: 0 };

export async function backlogOfQueue(link: Link, queue: QueueState | undefined, at: Instant): Promise<Backlog> {
  if (queue === undefined) return NOTHING;
  queue.markExpired(at.monotonicMs);
  const { messages, bytes, inHand, delayed } = queue;
  const counts = { messages, bytes, inHand, delayed };
  if (messages === 0) return counts;
  const oldest = await link.next(queueStream(queue.number), 1, queueSubject(queue.number, '>'));
  if (oldest === undefined) throw new Error(`Queue ${queue.id} counts ${messages} messages, and none is there.`);
  return { ...counts, oldestEnqueuedAt: decodeMessage(oldest.text).enqueuedAt };
}

export async function backlogOfGroup(link: Link, group: GroupState | undefined, at: Instant): Promise<Backlog> {
  if (group === undefined) return NOTHING;
  const sum = { messages: 0, bytes: 0, inHand: 0, delayed: 0 };
  const replayed = { messages: 0, bytes: 0 };
  for (const reader of group.readers) {
    const { unread, unpassed } = reader;
    sum.messages += unread.messages;
    sum.bytes += unread.bytes;
    sum.inHand += reader.inHand(at.monotonicMs);
    sum.delayed += reader.delayed;
    replayed.messages += unread.messages - unpassed.messages;
    replayed.bytes += unread.bytes - unpassed.bytes;
  }
  const heads = await Promise.all(group.readers.map((reader) => headOf(link, reader)));
  const times = heads.filter((time) => time !== undefined);
  return {
    ...sum,
    ...(replayed.messages > 0 ? { replayed } : {}),
    ...(times.length === 0 ? {} : { oldestEnqueuedAt: Math.min(...times) }),
  };
}

/** `enqueuedAt` of the first message that a group has not read on a partition. */
async function headOf(link: Link, reader: Reader): Promise<number | undefined> {
  if (reader.unread.messages === 0) return undefined;
  const [head] = await readPartition(link, reader, { from: reader.position, count: 1 });
  return head?.message.enqueuedAt;
}

export async function peekIntoQueue(
  link: Link,
  queue: QueueState,
  { after, limit, at }: { readonly after: number; readonly limit: number; readonly at: Instant },
): Promise<readonly PeekedMessage[]> {
  queue.markExpired(at.monotonicMs);
  const page = await link.read(queueStream(queue.number), after + 1, {
    filter: queueSubject(queue.number, '>'),
    max: limit,
  });
  return Promise.all(page.map((stored) => describe(link, queue, stored)));
}

async function describe(link: Link, queue: QueueState, { sequence: position, text }: Stored): Promise<PeekedMessage> {
  const message = decodeMessage(text);
  const held = queue.held.get(position);
  if (held !== undefined) {
    const { isExpired, tried } = held;
    return peeked({ position, message, state: isExpired ? 'waiting' : 'in-hand', attempts: tried.attempts + 1 }, tried);
  }
  const ready = queue.ready.get(position);
  const mayBeTried = ready?.isTried === true || queue.window.get(position) !== undefined || queue.delayedOutside > 0;
  const tried = (mayBeTried ? await lookAtTried(link, queue.number, position) : undefined) ?? NEVER_TRIED;
  // What is ready and was put back at once may have a record of an earlier time.
  const dueAt = ready === undefined ? tried.dueAt : ready.dueAt;
  const { attempts } = tried;
  if (dueAt === undefined) return peeked({ position, message, state: 'waiting', attempts }, tried);
  return peeked({ position, message, state: 'delayed', attempts, dueAt }, tried);
}

export async function peekBeforeGroup(
  link: Link,
  group: GroupState,
  {
    after,
    limit,
    at,
  }: {
    readonly after: { readonly position: number; readonly partition?: number };
    readonly limit: number;
    readonly at: Instant;
  },
): Promise<readonly PeekedMessage[]> {
  const seen: PeekedMessage[] = [];
  for (const reader of group.readers) {
    if (reader.partition < (after.partition ?? 0)) continue;
    const from = Math.max(reader.position, reader.partition === (after.partition ?? 0) ? after.position + 1 : 0);
    const count = Math.min(limit - seen.length, reader.state.next - from);
    const messages = await readPartition(link, reader, { from, count });
    for (const [index, { message }] of messages.entries())
      seen.push(describeInPartition(reader, { offset: from + index, message, at }));
    if (seen.length >= limit) break;
  }
  return seen;
}

function describeInPartition(
  reader: Reader,
  {
    offset: position,
    message,
    at,
  }: { readonly offset: number; readonly message: PeekedMessage['message']; readonly at: Instant },
): PeekedMessage {
  const { partition } = reader;
  const held = reader.run[position - reader.position];
  const tried = reader.tried.get(position) ?? NEVER_TRIED;
  const attempts = tried.attempts + (held === undefined ? 0 : 1);
  const { dueAt } = tried;
  if (held !== undefined && held.endsAtMs > at.monotonicMs)
    return peeked({ position, partition, message, state: 'in-hand', attempts }, tried);
  if (dueAt === undefined) return peeked({ position, partition, message, state: 'waiting', attempts }, tried);
  return peeked({ position, partition, message, state: 'delayed', attempts, dueAt }, tried);
}

function peeked(message: PeekedMessage, { history }: Tried): PeekedMessage {
  const lastFailure = history.at(-1);
  return lastFailure === undefined ? message : { ...message, lastFailure };
}
