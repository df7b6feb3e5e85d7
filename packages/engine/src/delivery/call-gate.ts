import type { Clock, Timer } from '../ports/clock.ts';
import { WorkError } from '../work-error.ts';

/**
 * Bounds the calls of a push wire: `concurrency` at once, `line` waiting in order of arrival, then the overflow policy.
 * Under `wait` the line has no end but the caller's deadline, and still no more than `LINE_MAX` places.
 */
export interface CallGate {
  /** Resolves with the way to leave. Rejects with `WorkError`: `wire-busy` or `deadline-exceeded`, both retryable. */
  enter(deadlineMs: number): Promise<() => void>;
  active(): number;
  waiting(): number;
  /** Calls that would be taken now, at once or in line. */
  places(): number;
  /** `enteredAt` of the first in line, monotonic ms. */
  oldestWaiting(): number | undefined;
}

const LINE_MAX = 100_000;

export function createCallGate(parts: {
  readonly wireId: string;
  readonly concurrency: number;
  readonly line: number;
  readonly overflow: 'reject' | 'wait';
  readonly clock: Clock;
  readonly onLeave: () => void;
}): CallGate {
  const { clock, wireId } = parts;
  const places = parts.overflow === 'wait' ? LINE_MAX : parts.line;
  const line = new Set<{ readonly enteredAt: number; readonly admit: () => void }>();
  let active = 0;

  const leaveOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      active -= 1;
      const [first] = line;
      if (first !== undefined) {
        line.delete(first);
        first.admit();
      }
      parts.onLeave();
    };
  };

  return {
    active: () => active,
    waiting: () => line.size,
    places: () => parts.concurrency - active + places - line.size,
    oldestWaiting: () => line.values().next().value?.enteredAt,
    enter(deadlineMs) {
      if (active < parts.concurrency) {
        active += 1;
        return Promise.resolve(leaveOnce());
      }
      if (line.size >= places) {
        return Promise.reject(
          new WorkError(`Wire ${wireId} has ${active} calls under way and ${line.size} in line: no place left`, {
            code: 'wire-busy',
            retryable: true,
            retryAfterMs: 1_000,
          }),
        );
      }
      return new Promise((resolve, reject) => {
        let timer: Timer | undefined;
        const place = {
          enteredAt: clock.monotonicMs(),
          admit: () => {
            if (timer !== undefined) clock.clearTimer(timer);
            active += 1;
            resolve(leaveOnce());
          },
        };
        line.add(place);
        timer = clock.setTimer(deadlineMs, () => {
          line.delete(place);
          parts.onLeave();
          reject(
            new WorkError(`Wire ${wireId}: still in line when the deadline of ${deadlineMs} ms passed`, {
              code: 'deadline-exceeded',
              retryable: true,
            }),
          );
        });
      });
    },
  };
}
