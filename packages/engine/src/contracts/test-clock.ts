import type { Clock, Timer } from '../ports/clock.ts';

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Moves both clocks and fires, in order, every timer that becomes due on the way. */
  advance(ms: number): void;
  /** Sets the wall clock forward or back, as an administrator or a time server does. Timers and the monotonic clock do not notice. */
  jump(ms: number): void;
}

interface Pending {
  readonly dueAtMs: number;
  readonly number: number;
  readonly fire: () => void;
}

/** Begins at 2026-01-01T00:00Z; the monotonic clock begins somewhere else, so that nobody mistakes one for the other. */
export function createTestClock(startAt = 1_767_225_600_000): TestClock {
  let wallOffsetMs = startAt - 5_000;
  let monotonicMs = 5_000;
  let timersSet = 0;
  const pending = new Map<number, Pending>();

  function nextDue(untilMs: number): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of pending.values()) {
      if (timer.dueAtMs > untilMs) continue;
      if (next === undefined || timer.dueAtMs < next.dueAtMs) next = timer; // equal times fire in the order of setting
    }
    return next;
  }

  return {
    now: () => wallOffsetMs + monotonicMs,
    monotonicMs: () => monotonicMs,
    setTimer(delayMs, fire): Timer {
      timersSet += 1;
      pending.set(timersSet, { dueAtMs: monotonicMs + Math.max(0, delayMs), number: timersSet, fire });
      return timersSet;
    },
    clearTimer(timer) {
      if (typeof timer === 'number') pending.delete(timer);
    },
    advance(ms) {
      const untilMs = monotonicMs + ms;
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        pending.delete(timer.number);
        monotonicMs = timer.dueAtMs;
        timer.fire();
      }
      monotonicMs = untilMs;
    },
    jump(ms) {
      wallOffsetMs += ms;
    },
  };
}
