import type { Clock, Timer } from '../ports/clock.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import { PRIORITIES } from '../ports/message-store.ts';
import { WorkError } from '../work-error.ts';
import { createCallLine } from './call-line.ts';

export interface WaitingCall {
  /** Longest that it may wait in line, and what it has for line and work together; ms. */
  readonly deadlineMs: number;
  /** Within `PRIORITIES`; absent: normal. */
  readonly priority?: number | undefined;
  readonly signal: CancelSignal;
  /** It had found no place before and was kept on disk: a seat of its own behind the line is for such. */
  readonly spilled?: boolean | undefined;
}

/**
 * Bounds the calls of a push wire: `concurrency` at once, `line` waiting, the highest priority first, then the overflow
 * policy. Under `wait` the line has no end but the caller's deadline, and still no more than `LINE_MAX` places. Under
 * `shed` the lowest priority in line makes way for a higher one.
 *
 * A call whose turn comes when too little of its deadline is left is not let in: nobody would wait for what comes of it,
 * and it would take the place of one that can still be answered. Too little is what half of the calls take, or, where
 * others wait behind it, what 95 of 100 take: in a line that is longer than the deadline everybody comes to the head with
 * just that much left.
 */
export interface CallGate {
  /**
   * Resolves with the way to leave. Rejects with `WorkError`, all retryable and before the target is asked: `wire-busy`
   * and `shed` for want of a place, `deadline-exceeded` for want of time, `cancelled`.
   */
  enter(call: WaitingCall): Promise<() => void>;
  active(): number;
  waiting(): number;
  /** Calls that would be taken now, at once or in line. */
  places(): number;
  /** True while one that was spilled would be taken. */
  hasSeat(): boolean;
  /** `enteredAt` of the one that has waited longest, monotonic ms. */
  oldestWaiting(): number | undefined;
}

const LINE_MAX = 100_000;
/** What calls usually take is looked up so often; ms. */
const USUAL_LOOK_MS = 100;
/** What was measured may be so much too low. */
const MEASURING_ERROR = 1.06;

interface Place {
  readonly enteredAt: number;
  readonly endsAt: number;
  readonly spilled: boolean;
  readonly admit: () => void;
  readonly refuse: (reason: WorkError) => void;
}

export function createCallGate(parts: {
  readonly wireId: string;
  readonly concurrency: number;
  readonly line: number;
  readonly overflow: 'reject' | 'wait' | 'shed' | 'spill';
  readonly clock: Clock;
  /** What half, and what 95 of 100 calls take that are answered; ms. `null`: not known. */
  readonly calling: () => { readonly p50: number; readonly p95: number } | null;
  /** A place has become free, at work or in line. */
  readonly onLeave: () => void;
}): CallGate {
  const { clock, wireId } = parts;
  const linePlaces = parts.overflow === 'wait' ? LINE_MAX : parts.line;
  const line = createCallLine<Place>();
  let active = 0;
  let spilledWaiting = 0;
  let looked: { readonly at: number; readonly usual: ReturnType<typeof parts.calling> } | undefined;

  const leastMs = (now: number): number => {
    if (looked === undefined || now - looked.at >= USUAL_LOOK_MS) looked = { at: now, usual: parts.calling() };
    const { usual } = looked;
    return usual === null ? 0 : (line.size() > 0 ? usual.p95 : usual.p50) * MEASURING_ERROR;
  };

  const letNextIn = (): void => {
    while (active < parts.concurrency) {
      const place = line.next();
      if (place === undefined) return;
      if (place.spilled) spilledWaiting -= 1;
      const now = clock.monotonicMs();
      const leftMs = place.endsAt - now;
      if (leftMs < leastMs(now)) place.refuse(tooLate(wireId, leftMs));
      else place.admit();
    }
  };

  const leaveOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      active -= 1;
      letNextIn();
      parts.onLeave();
    };
  };

  const join = (call: WaitingCall, priority: number): Promise<() => void> =>
    new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      let detach = (): void => {};
      const over = (): void => {
        if (timer !== undefined) clock.clearTimer(timer);
        detach();
      };
      const enteredAt = clock.monotonicMs();
      const place: Place = {
        enteredAt,
        endsAt: enteredAt + call.deadlineMs,
        spilled: call.spilled === true,
        admit() {
          over();
          active += 1;
          resolve(leaveOnce());
        },
        refuse(reason) {
          over();
          reject(reason);
        },
      };
      const giveUp = (reason: WorkError): void => {
        line.leave(place);
        if (place.spilled) spilledWaiting -= 1;
        place.refuse(reason);
        parts.onLeave();
      };
      line.join(place, priority);
      if (place.spilled) spilledWaiting += 1;
      timer = clock.setTimer(call.deadlineMs, () => giveUp(stillInLine(wireId, call.deadlineMs)));
      detach = call.signal.onCancel(() => giveUp(stopping()));
    });

  const inLine = (): number => line.size() - spilledWaiting;

  return {
    active: () => active,
    waiting: () => line.size(),
    places: () => parts.concurrency - active + linePlaces - inLine(),
    hasSeat: () => active < parts.concurrency || spilledWaiting === 0,
    oldestWaiting: () => line.oldest()?.enteredAt,
    enter(call) {
      if (call.signal.cancelled) return Promise.reject(stopping());
      if (active < parts.concurrency) {
        active += 1;
        return Promise.resolve(leaveOnce());
      }
      const priority = call.priority ?? PRIORITIES.normal;
      const hasPlace = call.spilled === true ? spilledWaiting === 0 : inLine() < linePlaces;
      if (hasPlace) return join(call, priority);
      if (parts.overflow !== 'shed') return Promise.reject(busy(wireId, active, inLine()));
      const lowest = line.last();
      if (lowest === undefined || lowest.priority >= priority) return Promise.reject(shed(wireId));
      line.leave(lowest.place);
      lowest.place.refuse(shed(wireId));
      return join(call, priority);
    },
  };
}

function busy(wireId: string, active: number, waiting: number): WorkError {
  return new WorkError(`Wire ${wireId} has ${active} calls under way and ${waiting} in line: no place left`, {
    code: 'wire-busy',
    retryable: true,
    retryAfterMs: 1_000,
  });
}

function shed(wireId: string): WorkError {
  return new WorkError(`Wire ${wireId} has no place left for a call of this priority`, {
    code: 'shed',
    retryable: true,
    retryAfterMs: 1_000,
  });
}

function stillInLine(wireId: string, deadlineMs: number): WorkError {
  return new WorkError(`Wire ${wireId}: still in line when the deadline of ${Math.round(deadlineMs)} ms passed`, {
    code: 'deadline-exceeded',
    retryable: true,
  });
}

function tooLate(wireId: string, leftMs: number): WorkError {
  return new WorkError(
    `Wire ${wireId}: its turn came with ${Math.round(leftMs)} ms left of the deadline, less than calls usually take`,
    { code: 'deadline-exceeded', retryable: true },
  );
}

function stopping(): WorkError {
  return new WorkError('The engine is stopping', { code: 'cancelled', retryable: true });
}
