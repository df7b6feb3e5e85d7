import { PRIORITY_TURN } from '@sluice/engine';
import type { LeaseCall, Taken } from './hand-out.ts';
import { LaneFront } from './lane-front.ts';
import type { Lane, QueueState } from './queue-state.ts';
import type { WriteBatch } from './write-batch.ts';

/**
 * Takes the foremost of the highest priority, and in its turn the foremost that came first of all. Where only old
 * messages are asked for, what came first comes first. Looks at the fronts of the lanes alone, however long they are.
 */
export function takeByPriority(
  batch: WriteBatch,
  queue: QueueState,
  call: LeaseCall,
): { readonly taken: readonly Taken[]; readonly nextDueAt: number | undefined } {
  const fronts = queue.lanes
    .filter((lane) => lane.messages > 0)
    .map((lane) => new LaneFront(batch, queue, { lane, call }));
  const taken: Taken[] = [];
  while (taken.length < call.max) {
    const front = call.enqueuedBefore === undefined ? nextInTurn(queue, fronts) : firstToCome(fronts);
    if (front === undefined) break;
    taken.push(front.take());
  }
  const nextDueAt = taken.length === call.max ? undefined : least(fronts.flatMap((front) => front.nextDueAt() ?? []));
  return { taken: inOrderWithinLanes(taken), nextDueAt };
}

function nextInTurn(queue: QueueState, fronts: readonly LaneFront[]): LaneFront | undefined {
  const highest = fronts.find((front) => front.position !== undefined);
  const oldest = firstToCome(fronts);
  const next = queue.passedOver >= PRIORITY_TURN - 1 ? oldest : highest;
  queue.passedOver = next === oldest ? 0 : queue.passedOver + 1;
  return next;
}

function firstToCome(fronts: readonly LaneFront[]): LaneFront | undefined {
  let first: LaneFront | undefined;
  for (const front of fronts)
    if (front.position !== undefined && front.position < (first?.position ?? Infinity)) first = front;
  return first;
}

/** Each lane keeps the places that it has, and fills them in order of arrival. */
function inOrderWithinLanes(taken: readonly Taken[]): readonly Taken[] {
  const byLane = new Map<Lane, Taken[]>();
  for (const one of taken.toSorted((a, b) => b.position - a.position))
    byLane.set(one.lane, [...(byLane.get(one.lane) ?? []), one]);
  return taken.map(({ lane }) => byLane.get(lane)?.pop() as Taken); // as many as the lane has places
}

function least(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}
