import type { Random } from '@sluice/engine';

const FASTER = 0.5;
const SLOWER = 1.5;
const JITTER = 0.2;

export interface AdaptiveInterval {
  /** ms until the next poll, after one that brought something or nothing. */
  next(broughtSomething: boolean, random: Random): number;
}

/**
 * The time between polls: halved while something comes, half again longer while nothing does, within bounds; each time
 * up to a fifth more or less by chance, so that pollers that began together drift apart.
 *
 * It lives in memory: after a restart it begins anew, which loses nothing but a little speed.
 */
export function createAdaptiveInterval(bounds: {
  readonly startMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}): AdaptiveInterval {
  let intervalMs = bounds.startMs;
  return {
    next(broughtSomething, random) {
      const factor = broughtSomething ? FASTER : SLOWER;
      intervalMs = Math.min(bounds.maxMs, Math.max(bounds.minMs, intervalMs * factor));
      return Math.round(intervalMs * (1 - JITTER + 2 * JITTER * random.next()));
    },
  };
}
