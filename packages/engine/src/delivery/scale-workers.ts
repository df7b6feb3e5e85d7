import type { ScalePlan } from '../plan/node-plan.ts';

/** A worker goes after some have had nothing to do for so long; ms. */
export const SHRINK_AFTER_MS = 10_000;

/** The number of workers at present, and since when some of them have had nothing to do; monotonic ms. */
export interface WorkersNow {
  readonly workers: number;
  readonly idleSinceMs: number | undefined;
}

/**
 * How many workers there should be: half as many again (at least one more) while all are busy and more wait for each than
 * `depth`, or the oldest waits longer than `ageMs`; one less after ten seconds in which some had nothing to do. Workers
 * that something else keeps from working (a rate limit, a full wire, an open breaker) are idle: more of them would not help.
 */
export function scaleWorkers(request: {
  readonly plan: ScalePlan & { readonly max: number };
  readonly now: WorkersNow;
  readonly seen: {
    /** Most that were busy at once since the last time. */
    readonly busiest: number;
    /** Messages that could be worked on and wait. */
    readonly waiting: number;
    /** How long the oldest of all has waited; 0 when there is none. */
    readonly oldestAgeMs: number;
  };
  readonly nowMs: number;
}): WorkersNow {
  const { plan, now, seen, nowMs } = request;
  const workers = within(plan, now.workers);
  if (seen.busiest >= workers) {
    const isBehind = seen.waiting > plan.depth * workers || (seen.waiting > 0 && seen.oldestAgeMs > plan.ageMs);
    const more = isBehind ? Math.max(1, Math.floor(workers / 2)) : 0;
    return { workers: within(plan, workers + more), idleSinceMs: undefined };
  }
  const idleSinceMs = now.idleSinceMs ?? nowMs;
  if (nowMs - idleSinceMs < SHRINK_AFTER_MS) return { workers, idleSinceMs };
  return { workers: within(plan, workers - 1), idleSinceMs: nowMs };
}

function within({ min, max }: ScalePlan & { readonly max: number }, workers: number): number {
  return Math.min(max, Math.max(min, workers));
}
