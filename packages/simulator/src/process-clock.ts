import type { Clock, Timer } from '@sluice/engine';

/** The clock of one process: it dies with the process, and none of its timers fires afterwards. */
export interface ProcessClock extends Clock {
  end(): void;
}

export function createProcessClock(world: Clock): ProcessClock {
  let isAlive = true;
  return {
    now: () => world.now(),
    monotonicMs: () => world.monotonicMs(),
    setTimer: (delayMs, fire): Timer =>
      world.setTimer(delayMs, () => {
        if (isAlive) fire();
      }),
    clearTimer: (timer) => world.clearTimer(timer),
    end() {
      isAlive = false;
    },
  };
}
