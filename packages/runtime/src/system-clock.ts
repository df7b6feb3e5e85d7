import type { Clock } from '@sluice/engine';

/** Longest delay that `setTimeout` keeps; it turns anything above into one millisecond. */
const DELAY_MAX_MS = 2_147_483_647;

interface SystemTimer {
  handle: NodeJS.Timeout;
}

/** Real time: the system's date for what is shown, its monotonic clock for durations. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimer: (delayMs, fire) => startTimer(delayMs, fire),
    clearTimer: (timer) => clearTimeout((timer as SystemTimer).handle), // every timer handed out is a SystemTimer
  };
}

/** Delays of more than 24 days go in several legs. */
function startTimer(delayMs: number, fire: () => void): SystemTimer {
  let left = Math.max(0, delayMs);
  const leg = (): NodeJS.Timeout => {
    const now = Math.min(left, DELAY_MAX_MS);
    left -= now;
    return setTimeout(() => {
      if (left <= 0) fire();
      else timer.handle = leg();
    }, now);
  };
  const timer: SystemTimer = { handle: leg() };
  return timer;
}
