import type { Lease } from '@sluice/engine';
import { handOutKey } from './keys.ts';
import { decodeHandedOut } from './message-codec.ts';
import type { HandOut, Held, Lane, QueueState, Tried } from './queue-state.ts';
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
  /** ms since 1970; see `LeaseRequest`. */
  readonly enqueuedBefore?: number;
  readonly at: Instant;
}

/** A message that is about to be handed out. */
export interface Taken {
  readonly position: number;
  readonly text: string;
  readonly lane: Lane;
  readonly group: Uint8Array | undefined;
  readonly tried: Tried | undefined;
}

/** Notes who has what, and answers the leases in the order in which the messages were taken. */
export function handOut(
  batch: WriteBatch,
  queue: QueueState,
  { call, taken }: { readonly call: LeaseCall; readonly taken: readonly Taken[] },
): () => readonly Lease[] {
  const { first, hasReserved } = batch.state.takeTokens(taken.length);
  if (hasReserved) batch.touchMeta();
  const out: HandOut = { firstToken: first, left: taken.length };
  const endsAtMs = call.at.monotonicMs + call.leaseMs;
  for (const [index, { position, text, lane, group, tried }] of taken.entries()) {
    queue.hold({
      position,
      token: first + index,
      endsAtMs,
      isExpired: false,
      bytes: Buffer.byteLength(text),
      lane,
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
