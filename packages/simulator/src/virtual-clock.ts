import type { Clock, Timer } from '@sluice/engine';

interface Pending {
  readonly dueAt: number;
  readonly order: number;
  readonly fire: () => void;
}

/** 2026-01-01T00:00Z: every simulation begins on the same day. */
const EPOCH_MS = 1_767_225_600_000;

/**
 * Time that moves only when there is nothing left to do at the present moment.
 *
 * `run` fires timers in order of (due time, order of setting). Between two timers it lets the host finish every
 * promise that has become ready, through `settle`, which must give up the turn to the host's task queue.
 */
export interface VirtualClock extends Clock {
  /** Runs until `durationMs` has passed. */
  run(durationMs: number): Promise<void>;
  /** Runs until `isOver` says so between two moments, or `limitMs` has passed. */
  runUntil(isOver: () => boolean, limitMs: number): Promise<void>;
  /** Sets the wall clock ahead or back, as an administrator or a time server may. Durations are not touched. */
  step(ms: number): void;
}

export function createVirtualClock(settle: () => Promise<void>): VirtualClock {
  // A heap ordered by (dueAt, order); cleared timers are skipped when they surface.
  const heap: Pending[] = [];
  const live = new Set<Pending>();
  let elapsed = 0;
  let stepped = 0;
  let order = 0;

  const isBefore = (a: Pending, b: Pending): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);

  const push = (pending: Pending): void => {
    heap.push(pending);
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!swapUnlessOrdered(parent, child)) return;
      child = parent;
    }
  };

  const pop = (): Pending | undefined => {
    const [first] = heap;
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    heap[0] = last;
    for (let parent = 0; ;) {
      const left = parent * 2 + 1;
      const right = left + 1;
      let smallest = left;
      const [a, b] = [heap[left], heap[right]];
      if (a === undefined) return first;
      if (b !== undefined && isBefore(b, a)) smallest = right;
      if (!swapUnlessOrdered(parent, smallest)) return first;
      parent = smallest;
    }
  };

  /** Swaps a parent that comes after its child; answers whether it did. */
  const swapUnlessOrdered = (parent: number, child: number): boolean => {
    const [a, b] = [heap[parent], heap[child]];
    if (a === undefined || b === undefined || !isBefore(b, a)) return false;
    heap[parent] = b;
    heap[child] = a;
    return true;
  };

  const runUntil = async (isOver: () => boolean, limitMs: number): Promise<void> => {
    const until = elapsed + limitMs;
    await settle();
    for (let next = heap[0]; next !== undefined && next.dueAt <= until && !isOver(); next = heap[0]) {
      pop();
      if (!live.delete(next)) continue;
      elapsed = Math.max(elapsed, next.dueAt);
      next.fire();
      await settle();
    }
    if (!isOver()) elapsed = until;
  };

  return {
    now: () => EPOCH_MS + elapsed + stepped,
    monotonicMs: () => elapsed,
    setTimer(delayMs, fire): Timer {
      order += 1;
      const pending: Pending = { dueAt: elapsed + Math.max(0, delayMs), order, fire };
      push(pending);
      live.add(pending);
      return pending;
    },
    clearTimer(timer) {
      live.delete(timer as Pending);
    },
    step(ms) {
      stepped += ms;
    },
    run: (durationMs) => runUntil(() => false, durationMs),
    runUntil,
  };
}
