import type { Clock } from '../ports/clock.ts';
import type { Held } from './heartbeat.ts';

/** Messages of a feed that wait in hand for a worker, at most. */
const AHEAD_MAX = 256;
/** None is to wait in hand for much longer; ms. */
const WAIT_MS = 5;

/** Share of the newest measurement in how long work is taken to last. */
const LEARNING = 0.1;

/**
 * Messages that a feed has leased ahead, so that workers need not wait for the store between two messages. How many is
 * found by trying: twice as many when workers were idle until a full lease came, half as many when one has waited for more
 * than a few milliseconds, and never more than the workers should take up in that time. Where work takes long there are none.
 *
 * What is ahead counts as in hand when the process dies, and what arrives later, however urgent, comes behind it: that is
 * why there are no more than are worth it.
 */
export interface Ahead {
  /** How many more are worth being leased now. */
  wanted(): number;
  /** As many came as were asked for, `idle` workers having waited for them. */
  cameFull(idle: number): void;
  /** A worker was done with a message after this long; ms. */
  worked(ms: number): void;
  put(held: Held): void;
  /** The first that was put. */
  next(): Held | undefined;
  takeAll(): readonly Held[];
}

export function createAhead(clock: Clock, workers: () => number): Ahead {
  let waiting: { readonly held: Held; readonly sinceMs: number }[] = [];
  /** Of `waiting`, those before it have been taken. */
  let first = 0;
  let target = 0;
  /** Until something has been worked on, nobody knows. */
  let workMs = Number.POSITIVE_INFINITY;

  return {
    wanted() {
      const there = waiting.length - first;
      const most = Math.min(target, Math.floor((workers() * WAIT_MS) / workMs));
      // In halves: a lease for each single message that was taken would be worse than none.
      return there * 2 <= most ? most - there : 0;
    },
    cameFull(idle) {
      if (idle > 0 && first === waiting.length) target = Math.min(AHEAD_MAX, Math.max(1, target * 2));
    },
    worked(ms) {
      workMs = workMs === Number.POSITIVE_INFINITY ? ms : workMs + LEARNING * (ms - workMs);
    },
    put(held) {
      waiting.push({ held, sinceMs: clock.monotonicMs() });
    },
    next() {
      const taken = waiting[first];
      if (taken === undefined) return undefined;
      first += 1;
      if (first === waiting.length) {
        waiting = [];
        first = 0;
      }
      if (clock.monotonicMs() - taken.sinceMs > WAIT_MS) target = Math.floor(target / 2);
      return taken.held;
    },
    takeAll() {
      const all = waiting.slice(first).map(({ held }) => held);
      waiting = [];
      first = 0;
      target = 0;
      return all;
    },
  };
}
