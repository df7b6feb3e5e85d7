import type { Clock, Timer } from '@sluice/engine';

/** The clock of one process: it dies with the process, and none of its timers fires afterwards. */
export interface ProcessClock extends Clock {
  end(): void;
  /** The process stands still, as under SIGSTOP: what is due meanwhile happens afterwards. Time itself goes on. */
  freeze(ms: number): void;
  /** Resolves when the process does not stand still: what comes from outside reaches it only then. */
  awake(): Promise<void>;
}

export function createProcessClock(world: Clock): ProcessClock {
  let isAlive = true;
  let frozenUntil = 0;
  const frozenMs = (): number => Math.max(0, frozenUntil - world.monotonicMs());

  const fireWhenAwake = (fire: () => void): void => {
    if (!isAlive) return;
    const ms = frozenMs();
    if (ms === 0) fire();
    else world.setTimer(ms, () => fireWhenAwake(fire));
  };

  return {
    now: () => world.now(),
    monotonicMs: () => world.monotonicMs(),
    setTimer(delayMs, fire): Timer {
      const handle: { timer: Timer } = { timer: world.setTimer(delayMs, () => wake()) };
      const wake = (): void => {
        if (!isAlive) return;
        const ms = frozenMs();
        if (ms === 0) fire();
        else handle.timer = world.setTimer(ms, wake);
      };
      return handle;
    },
    clearTimer: (handle) => world.clearTimer((handle as { readonly timer: Timer }).timer),
    end() {
      isAlive = false;
    },
    freeze(ms) {
      frozenUntil = Math.max(frozenUntil, world.monotonicMs() + ms);
    },
    awake: () => (frozenMs() === 0 ? Promise.resolve() : new Promise((resolve) => fireWhenAwake(resolve))),
  };
}
