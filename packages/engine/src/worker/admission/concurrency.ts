import type { Clock } from '../../ports/clock.ts';
import { ADMIT, keyOf, type Subject, type Verb, type Verdict } from './verb.ts';
import { createWaitingLines } from './waiting-lines.ts';

/** How long work is taken to last while nothing is known; ms. */
const FIRST_GUESS_MS = 100;
/** Nobody is sent back for less or more; ms. */
const SHORTEST_MS = 5;
const LONGEST_MS = 60_000;
/** Share of the newest measurement in what work is taken to last. */
const LEARNING = 0.3;

interface Lane {
  /** Begin of each work under way; monotonic ms. */
  readonly startedAtMs: Map<Subject, number>;
  /** How long work on this key lasts. */
  workMs: number;
}

/**
 * At most `limit` messages of one key are worked on at once. Who finds no place goes back to its wire until one should be
 * free, by what work on that key has lasted so far, and keeps its place in line. Messages without a value at the path
 * share one limit.
 *
 * Memory: one entry per key that is worked on or waited for, so at most the workers and `IN_LINE_MAX`.
 */
export interface Concurrency extends Verb {
  /** No further message that waits would be remembered: looking further ahead is of no use. */
  isFull(): boolean;
}

export function createConcurrency(
  plan: { readonly limit: number; readonly key: string | undefined },
  clock: Clock,
): Concurrency {
  const lanes = new Map<string, Lane>();
  const lines = createWaitingLines(clock);
  let workMs = FIRST_GUESS_MS;

  const forgetIdle = (key: string, lane: Lane): void => {
    if (lane.startedAtMs.size === 0 && lines.isEmpty(key)) lanes.delete(key);
  };

  /** When the place should be free that comes after `before` others have found theirs. */
  const waitMs = (lane: Lane, before: number): number => {
    let oldestMs = clock.monotonicMs();
    for (const startedAtMs of lane.startedAtMs.values()) oldestMs = Math.min(oldestMs, startedAtMs);
    const leftMs = lane.workMs - (clock.monotonicMs() - oldestMs);
    const firstMs = Math.max(leftMs, lane.workMs / 4, SHORTEST_MS);
    return Math.min(LONGEST_MS, firstMs + Math.floor(before / plan.limit) * lane.workMs);
  };

  return {
    judge(subject): Verdict {
      const key = keyOf(subject, plan.key) ?? '';
      const lane = lanes.get(key);
      if (lane === undefined) return ADMIT;
      const ahead = lines.ahead(key, subject.place);
      const before = lane.startedAtMs.size + ahead - plan.limit;
      if (before < 0) return ADMIT;
      const ms = Math.ceil(waitMs(lane, before));
      lines.wait(key, subject.place, clock.monotonicMs() + ms);
      return { kind: 'later', dueAt: clock.now() + ms };
    },
    started(subject) {
      const key = keyOf(subject, plan.key) ?? '';
      let lane = lanes.get(key);
      if (lane === undefined) lanes.set(key, (lane = { startedAtMs: new Map(), workMs }));
      lane.startedAtMs.set(subject, clock.monotonicMs());
      lines.leave(key, subject.place);
    },
    ended(subject, end) {
      const key = keyOf(subject, plan.key) ?? '';
      const lane = lanes.get(key);
      const startedAtMs = lane?.startedAtMs.get(subject);
      if (lane === undefined || startedAtMs === undefined) return;
      lane.startedAtMs.delete(subject);
      if (end.kind !== 'released') {
        const lastedMs = clock.monotonicMs() - startedAtMs;
        lane.workMs += LEARNING * (lastedMs - lane.workMs);
        workMs += LEARNING * (lastedMs - workMs);
      }
      forgetIdle(key, lane);
    },
    isFull: lines.isFull,
  };
}
