import type { LeaseResult } from '@sluice/engine';
import { handOut, type LeaseCall, type Taken } from './hand-out.ts';
import { delayedKey, lastNumber, messageKey, readU48, timeInKey } from './keys.ts';
import { takeByPriority } from './lease-by-priority.ts';
import type { QueueState } from './queue-state.ts';
import { readyEntries, takeBackExpired, takenAt, takeReady } from './take-waiting.ts';
import { decodeWaitingEntry } from './waiting-entry.ts';
import type { WriteBatch } from './write-batch.ts';

/**
 * Hands out, in this order of preference: what has expired, retries that are due, then what is ready and what was never
 * handed out, by position. Retries come before the backlog, else a long backlog would make every delay longer.
 */
export function leaseFromQueue(batch: WriteBatch, queue: QueueState, call: LeaseCall): () => LeaseResult {
  queue.markExpired(call.at.monotonicMs);
  const { taken, nextDueAt } =
    queue.isPlain && call.enqueuedBefore === undefined
      ? takeByPosition(batch, queue, call)
      : takeByPriority(batch, queue, call);
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

/** The way of a queue on which everything has normal priority. */
function takeByPosition(
  batch: WriteBatch,
  queue: QueueState,
  call: LeaseCall,
): { readonly taken: readonly Taken[]; readonly nextDueAt: number | undefined } {
  const taken: Taken[] = [];
  for (const held of queue.expired(call.max)) taken.push(takeBackExpired(batch, queue, held));
  const nextDueAt = takeDue(batch, queue, { call, taken });
  takeReadyAndFresh(batch, queue, { call, taken });
  taken.sort((a, b) => a.position - b.position);
  queue.passedOver = 0;
  return { taken, nextDueAt };
}

/** Answers when the next retry is due, if one waits. */
function takeDue(batch: WriteBatch, queue: QueueState, { call, taken }: Taking): number | undefined {
  const lane = queue.normal;
  if (lane.delayed === 0) return undefined;
  const { index } = batch.environment;
  const delayed = index.getRange({ start: delayedKey(lane.number, 0, 0), end: delayedKey(lane.number + 1, 0, 0) });
  for (const { key, value } of delayed) {
    const position = lastNumber(key);
    if (queue.held.has(position)) continue; // handed out earlier in this batch
    const dueAt = readU48(key, key.length - 12);
    if (dueAt > timeInKey(call.at.now)) return dueAt;
    if (taken.length === call.max) return undefined;
    batch.removeIndex(key);
    lane.delayed -= 1;
    taken.push(takenAt(batch.environment, queue, { position, lane, ...decodeWaitingEntry(value) }));
  }
  return undefined;
}

function takeReadyAndFresh(batch: WriteBatch, queue: QueueState, { call, taken }: Taking): void {
  if (taken.length === call.max) return;
  const lane = queue.normal;
  const ready = readyEntries(batch.environment, queue, { lane, from: 0, max: call.max - taken.length });
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
    start: messageKey(lane.number, lane.scan),
    end: messageKey(lane.number + 1, 0),
    limit: call.max - taken.length,
  });
  for (const { key, value } of fresh) {
    const position = lastNumber(key);
    takeReadyBefore(position);
    if (taken.length === call.max) break;
    lane.scan = position + 1;
    taken.push({ position, text: value, lane, group: undefined, tried: undefined });
  }
  takeReadyBefore(Infinity);
}
