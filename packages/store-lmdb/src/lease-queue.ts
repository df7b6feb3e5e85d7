import type { Lease, LeaseResult } from '@sluice/engine';
import type { Environment } from './environment.ts';
import {
  delayedKey,
  groupedMessageKey,
  handOutKey,
  lastNumber,
  messageKey,
  readU48,
  readyKey,
  timeInKey,
  triedKey,
} from './keys.ts';
import { decodeHandedOut } from './message-codec.ts';
import { type HandOut, type Held, NEVER_TRIED, type QueueState, type Tried } from './queue-state.ts';
import { decodeWaitingEntry, type WaitingEntry } from './waiting-entry.ts';
import type { WriteBatch } from './write-batch.ts';

/** One instant on both clocks. */
export interface Instant {
  /** ms since 1970. */
  readonly now: number;
  readonly monotonicMs: number;
}

export interface LeaseCall {
  readonly max: number;
  readonly leaseMs: number;
  readonly at: Instant;
}

/** A message that is about to be handed out. */
interface Taken {
  readonly position: number;
  readonly text: string;
  readonly group: Uint8Array | undefined;
  readonly tried: Tried | undefined;
}

/**
 * Hands out, in this order of preference: what has expired, retries that are due, then what is ready and what was never
 * handed out, by position. Retries come before the backlog, else a long backlog would make every delay longer.
 */
export function leaseFromQueue(batch: WriteBatch, queue: QueueState, call: LeaseCall): () => LeaseResult {
  queue.markExpired(call.at.monotonicMs);
  const taken: Taken[] = [];
  takeExpired(batch, queue, { call, taken });
  const nextDueAt = takeDue(batch, queue, { call, taken });
  takeReadyAndFresh(batch, queue, { call, taken });
  const leases = taken.length === 0 ? undefined : handOut(batch, queue, { call, taken });
  return () => {
    const made = leases === undefined ? [] : leases();
    return nextDueAt === undefined || made.length === call.max ? { leases: made } : { leases: made, nextDueAt };
  };
}

interface Taking {
  readonly call: LeaseCall;
  readonly taken: Taken[];
}

function takeExpired(batch: WriteBatch, queue: QueueState, { call, taken }: Taking): void {
  for (const held of queue.expired(call.max)) {
    const before = held.tried ?? NEVER_TRIED;
    const tried: Tried = {
      attempts: before.attempts + 1,
      crashes: before.crashes,
      history: before.history,
      token: held.token,
    };
    batch.putIndex(triedKey(queue.number, held.position), JSON.stringify(tried));
    endHandOut(batch, queue, held);
    const key = held.group === undefined ? messageKey : groupedMessageKey;
    taken.push({
      position: held.position,
      text: textAt(batch.environment, key(queue.number, held.position)),
      group: held.group,
      tried,
    });
  }
}

/** Answers when the next retry is due, if one waits. */
function takeDue(batch: WriteBatch, queue: QueueState, { call, taken }: Taking): number | undefined {
  if (queue.delayed === 0) return undefined;
  const { index } = batch.environment;
  const delayed = index.getRange({ start: delayedKey(queue.number, 0, 0), end: delayedKey(queue.number + 1, 0, 0) });
  for (const { key, value } of delayed) {
    const position = lastNumber(key);
    if (queue.held.has(position)) continue; // handed out earlier in this batch
    const dueAt = readU48(key, key.length - 12);
    if (dueAt > timeInKey(call.at.now)) return dueAt;
    if (taken.length === call.max) return undefined;
    batch.removeIndex(key);
    queue.delayed -= 1;
    taken.push(takenAt(batch.environment, queue, { position, ...decodeWaitingEntry(value) }));
  }
  return undefined;
}

function takeReadyAndFresh(batch: WriteBatch, queue: QueueState, { call, taken }: Taking): void {
  if (taken.length === call.max) return;
  const ready = readyEntries(batch.environment, queue, call.max - taken.length);
  let nextReady = 0;
  const takeReadyBefore = (position: number): void => {
    for (
      let entry = ready[nextReady];
      entry !== undefined && entry.position < position && taken.length < call.max;
      entry = ready[nextReady]
    ) {
      taken.push(takeReady(batch, queue, entry));
      nextReady += 1;
    }
  };
  const fresh = batch.environment.messages.getRange({
    start: messageKey(queue.number, queue.scan),
    end: messageKey(queue.number + 1, 0),
    limit: call.max - taken.length,
  });
  for (const { key, value } of fresh) {
    const position = lastNumber(key);
    takeReadyBefore(position);
    if (taken.length === call.max) break;
    queue.scan = position + 1;
    taken.push({ position, text: value, group: undefined, tried: undefined });
  }
  takeReadyBefore(Infinity);
}

interface Waiting extends WaitingEntry {
  readonly position: number;
}

function readyEntries(environment: Environment, queue: QueueState, max: number): readonly Waiting[] {
  const entries: Waiting[] = [];
  if (queue.ready === 0) return entries;
  for (const { key, value } of environment.index.getRange({
    start: readyKey(queue.number, 0),
    end: readyKey(queue.number + 1, 0),
  })) {
    const position = lastNumber(key);
    if (queue.held.has(position)) continue; // handed out earlier in this batch
    entries.push({ position, ...decodeWaitingEntry(value) });
    if (entries.length === max) break;
  }
  return entries;
}

function takeReady(batch: WriteBatch, queue: QueueState, entry: Waiting): Taken {
  batch.removeIndex(readyKey(queue.number, entry.position));
  queue.ready -= 1;
  return takenAt(batch.environment, queue, entry);
}

function takenAt(environment: Environment, queue: QueueState, { position, group, isTried }: Waiting): Taken {
  const key = group === undefined ? messageKey(queue.number, position) : groupedMessageKey(queue.number, position);
  const tried = isTried ? environment.index.get(triedKey(queue.number, position)) : undefined;
  return {
    position,
    text: textAt(environment, key),
    group,
    tried: tried === undefined ? undefined : (JSON.parse(tried) as Tried),
  };
}

function textAt(environment: Environment, key: Uint8Array): string {
  const text = environment.messages.get(key);
  if (text === undefined) throw new Error(`The message at ${Buffer.from(key).toString('hex')} is missing.`);
  return text;
}

function handOut(batch: WriteBatch, queue: QueueState, { call, taken }: Taking): () => readonly Lease[] {
  taken.sort((a, b) => a.position - b.position);
  const { first, hasReserved } = batch.state.takeTokens(taken.length);
  if (hasReserved) batch.touchMeta();
  const out: HandOut = { firstToken: first, left: taken.length };
  const endsAtMs = call.at.monotonicMs + call.leaseMs;
  for (const [index, { position, text, group, tried }] of taken.entries()) {
    const token = first + index;
    queue.hold({
      position,
      token,
      endsAtMs,
      isExpired: false,
      bytes: Buffer.byteLength(text),
      group,
      tried,
      handOut: out,
      claimedBy: 0,
    });
  }
  batch.putIndex(handOutKey(queue.number, first), JSON.stringify(toRanges(taken)));
  batch.touchQueue(queue);
  const expiresAt = call.at.now + call.leaseMs;
  return () =>
    taken.map(({ position, text, tried }, index) => ({
      source: queue.source,
      position,
      token: first + index,
      expiresAt,
      message: decodeHandedOut(text, (tried?.attempts ?? 0) + 1),
      crashes: tried?.crashes ?? 0,
      history: tried?.history ?? [],
    }));
}

/** `[first position, count, ...]`: one pair for each unbroken row of positions, so a lease of 256 takes 12 bytes as a rule. */
function toRanges(taken: readonly { readonly position: number }[]): readonly number[] {
  const ranges: number[] = [];
  let next = -1;
  for (const { position } of taken) {
    if (position === next) ranges[ranges.length - 1] = (ranges.at(-1) as number) + 1; // a range was begun before `next` was set
    else ranges.push(position, 1);
    next = position + 1;
  }
  return ranges;
}

/** The positions of a hand-out record, in the order of their tokens. */
export function positionsOf(ranges: readonly number[]): readonly number[] {
  const positions: number[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    const [from, count] = [ranges[at] as number, ranges[at + 1] as number]; // pairs
    for (let step = 0; step < count; step += 1) positions.push(from + step);
  }
  return positions;
}

/** Takes the message out of its holder's hand; the record of the hand-out goes with its last lease. */
export function endHandOut(batch: WriteBatch, queue: QueueState, held: Held): void {
  queue.letGo(held);
  held.handOut.left -= 1;
  if (held.handOut.left === 0) batch.removeIndex(handOutKey(queue.number, held.handOut.firstToken));
}
