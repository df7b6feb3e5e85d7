import type { Clock, Timer } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** First look after work has run out, and the longest wait between two looks; ms. */
export const LOOK_AGAIN = { firstMs: 100, capMs: 30_000, growth: 1.5, jitter: 0.2 } as const;

/**
 * Gives a feed its turns, one at a time. A hint that comes during a turn is followed by another one; a feed that finds
 * nothing looks again by itself, since a lease may have run out in the hand of another and a store's hint may be lost:
 * soon at first, then after waits that grow by half up to a cap, each with 20 % jitter so that feeds spread out.
 */
export interface Turning {
  start(): void;
  /** Something may have changed: a turn now, or right behind the one under way. */
  wake(): void;
  /** A turn after this long at the latest; ms. */
  wakeIn(ms: number): void;
  /** Nothing is there: a turn at `dueAt` (ms since 1970) or when it is time to look again. */
  nothingFound(dueAt: number | undefined): void;
  /** Something was there: the next look comes soon again. */
  found(): void;
  /** No turn from now on; resolves when the one under way is over. */
  stop(): Promise<void>;
}

export function createTurning(parts: {
  readonly clock: Clock;
  readonly random: Random;
  /** Rejects only when nothing can go on. */
  readonly turn: () => Promise<void>;
  readonly fail: (error: unknown) => void;
}): Turning {
  const { clock, random } = parts;
  let running = false;
  let turning = false;
  let again = false;
  let lookMs: number = LOOK_AGAIN.firstMs;
  let timer: Timer | undefined;
  let timerAtMs = 0;
  const waitingForEnd: (() => void)[] = [];

  const wake = (): void => {
    if (!running) return;
    if (turning) {
      again = true;
      return;
    }
    turning = true;
    again = false;
    parts.turn().then(over, (error: unknown) => {
      over();
      parts.fail(error);
    });
  };

  const over = (): void => {
    turning = false;
    for (const resolve of waitingForEnd.splice(0)) resolve();
    if (again) wake();
  };

  /** The earliest wish holds: one timer stands for all, and a busy feed does not set one for each message. */
  const wakeIn = (ms: number): void => {
    // A call of the store that was under way when the feed stopped must not leave a timer behind.
    if (!running) return;
    const waitMs = Math.max(1, ms);
    const atMs = clock.monotonicMs() + waitMs;
    if (timer !== undefined) {
      if (timerAtMs <= atMs) return;
      clock.clearTimer(timer);
    }
    timerAtMs = atMs;
    timer = clock.setTimer(waitMs, () => {
      timer = undefined;
      wake();
    });
  };

  return {
    start() {
      running = true;
      wake();
    },
    wake,
    wakeIn,
    nothingFound(dueAt) {
      const jittered = lookMs * (1 - LOOK_AGAIN.jitter + 2 * LOOK_AGAIN.jitter * random.next());
      lookMs = Math.min(LOOK_AGAIN.capMs, lookMs * LOOK_AGAIN.growth);
      wakeIn(dueAt === undefined ? jittered : Math.min(jittered, dueAt - clock.now()));
    },
    found() {
      lookMs = LOOK_AGAIN.firstMs;
    },
    async stop() {
      running = false;
      if (timer !== undefined) clock.clearTimer(timer);
      timer = undefined;
      if (turning) await new Promise<void>((resolve) => waitingForEnd.push(resolve));
    },
  };
}
