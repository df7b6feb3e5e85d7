import type { ThrottlePlan } from '../../plan/node-plan.ts';
import type { Clock } from '../../ports/clock.ts';
import { ADMIT, keyOf, KEYS_MAX, LATER_MAX_MS, type Subject, type Verb, type Verdict } from './verb.ts';
import { createWaitingLines } from './waiting-lines.ts';

/** Starts this near to each other, as a share of the period, are remembered as one: they leave the period with the last. */
const GRAIN = 0.01;

/** Starts that are remembered as one; monotonic ms. */
interface Starts {
  readonly firstAtMs: number;
  lastAtMs: number;
  count: number;
}

/**
 * At most `limit` messages are started within any span of the length of the period; the others wait on their wire, in
 * order. Messages without a value at the path share one limit. Memory: a hundred numbers and one count for each key that
 * started something within the last period; while there are `KEYS_MAX` of them, messages of further keys wait until the
 * period of one is over.
 */
export interface Throttle extends Verb {
  /** Without a key: ms until another message may start; 0 when it may now. */
  waitMs(): number;
  /** Without a key: how many may start now. */
  startsLeft(): number;
  isFull(): boolean;
}

export function createThrottle(plan: ThrottlePlan, clock: Clock): Throttle {
  const grainMs = plan.periodMs * GRAIN;
  /** By key; who started last stands last. */
  const started = new Map<string, Starts[]>();
  /** Where each message that is worked on was counted. */
  const countedIn = new Map<Subject, Starts>();
  const lines = createWaitingLines(clock);

  const startsOf = (key: string): Starts[] => {
    const starts = started.get(key);
    if (starts === undefined) return [];
    const before = clock.monotonicMs() - plan.periodMs;
    while (starts[0] !== undefined && starts[0].lastAtMs <= before) starts.shift();
    if (starts.length === 0) started.delete(key);
    return starts;
  };

  /** Until so many more starts have left the period; the starts of those that wait before count as if they were now. */
  const waitMs = (starts: readonly Starts[], leaving: number): number => {
    let left = leaving;
    let leavesAtMs = clock.monotonicMs();
    for (const { lastAtMs, count } of starts) {
      leavesAtMs = lastAtMs + plan.periodMs;
      left -= count;
      if (left <= 0) break;
    }
    if (left > 0) leavesAtMs += Math.ceil(left / plan.limit) * plan.periodMs;
    return Math.max(1, Math.ceil(leavesAtMs - clock.monotonicMs()));
  };

  const later = (ms: number): Verdict => ({ kind: 'later', dueAt: clock.now() + Math.min(ms, LATER_MAX_MS) });

  /** The key that started longest ago. */
  const oldestKey = (): readonly Starts[] => {
    for (const key of started.keys()) {
      const starts = startsOf(key);
      if (starts.length > 0) return starts;
    }
    return [];
  };

  return {
    judge(subject) {
      const key = keyOf(subject, plan.key) ?? '';
      const starts = startsOf(key);
      if (starts.length === 0 && started.size >= KEYS_MAX) {
        const oldest = oldestKey();
        if (started.size >= KEYS_MAX) return later(waitMs(oldest, sum(oldest)));
      }
      const leaving = sum(starts) + lines.ahead(key, subject.place) + 1 - plan.limit;
      if (leaving <= 0) return ADMIT;
      const ms = Math.min(waitMs(starts, leaving), LATER_MAX_MS);
      lines.wait(key, subject.place, clock.monotonicMs() + ms);
      return later(ms);
    },
    started(subject) {
      const key = keyOf(subject, plan.key) ?? '';
      const now = clock.monotonicMs();
      const starts = startsOf(key);
      let newest = starts.at(-1);
      if (newest === undefined || now - newest.firstAtMs >= grainMs) {
        newest = { firstAtMs: now, lastAtMs: now, count: 0 };
        starts.push(newest);
      }
      newest.lastAtMs = now;
      newest.count += 1;
      countedIn.set(subject, newest);
      started.delete(key);
      started.set(key, starts);
      lines.leave(key, subject.place);
    },
    ended(subject, end) {
      const counted = countedIn.get(subject);
      countedIn.delete(subject);
      // Given back before it was tried: as if it had not started.
      if (counted !== undefined && end.kind === 'released') counted.count -= 1;
    },
    waitMs() {
      if (plan.key !== undefined) return 0;
      const starts = startsOf('');
      const leaving = sum(starts) + 1 - plan.limit;
      return leaving <= 0 ? 0 : waitMs(starts, leaving);
    },
    startsLeft: () => (plan.key === undefined ? plan.limit - sum(startsOf('')) : Number.POSITIVE_INFINITY),
    isFull: lines.isFull,
  };
}

function sum(starts: readonly Starts[]): number {
  let count = 0;
  for (const each of starts) count += each.count;
  return count;
}
