import type { Clock } from '../ports/clock.ts';

/**
 * Token bucket: `perSecond` on average, at most a second's worth (and at least one) at once.
 */
export interface RateLimit {
  /** Takes a token and answers 0, or answers the milliseconds after which asking again is worth while. */
  take(): number;
  /** Milliseconds until a token is there; 0 when `take` would get one. */
  waitMs(): number;
  /** Gives back tokens that were taken and not used. */
  giveBack(tokens: number): void;
}

export function createRateLimit(perSecond: number, clock: Clock): RateLimit {
  const capacity = Math.max(1, perSecond);
  let tokens = capacity;
  let filledAt = clock.monotonicMs();

  const fill = (): void => {
    const now = clock.monotonicMs();
    tokens = Math.min(capacity, tokens + ((now - filledAt) * perSecond) / 1_000);
    filledAt = now;
  };
  const waitMs = (): number => {
    fill();
    return tokens >= 1 ? 0 : Math.max(1, Math.ceil(((1 - tokens) / perSecond) * 1_000));
  };

  return {
    waitMs,
    giveBack(count) {
      tokens = Math.min(capacity, tokens + count);
    },
    take() {
      const ms = waitMs();
      if (ms === 0) tokens -= 1;
      return ms;
    },
  };
}
