import type { Clock } from '../ports/clock.ts';

export interface RateSettings {
  readonly perSecond: number;
  /** Tokens that may be taken at once after a pause; at least 1. */
  readonly burst: number;
}

/** Token bucket: `perSecond` on average, at most `burst` at once. */
export interface RateLimit {
  /** Takes a token and answers 0, or answers the milliseconds after which asking again is worth while. */
  take(): number;
  /** Milliseconds until a token is there; 0 when `take` would get one. */
  waitMs(): number;
  /** Gives back tokens that were taken and not used. */
  giveBack(tokens: number): void;
  /** Holds from now on; tokens beyond the new burst are lost. */
  resize(settings: RateSettings): void;
  settings(): RateSettings;
}

export function createRateLimit(settings: RateSettings, clock: Clock): RateLimit {
  let { perSecond, burst } = settings;
  let tokens = burst;
  let filledAt = clock.monotonicMs();

  const fill = (): void => {
    const now = clock.monotonicMs();
    tokens = Math.min(burst, tokens + ((now - filledAt) * perSecond) / 1_000);
    filledAt = now;
  };
  const waitMs = (): number => {
    fill();
    // Parts of a token add up to a hair less than a whole one.
    return tokens > 1 - 1e-9 ? 0 : Math.max(1, Math.ceil(((1 - tokens) / perSecond) * 1_000));
  };

  return {
    waitMs,
    giveBack(count) {
      tokens = Math.min(burst, tokens + count);
    },
    take() {
      const ms = waitMs();
      if (ms === 0) tokens -= 1;
      return ms;
    },
    resize(next) {
      fill();
      ({ perSecond, burst } = next);
      tokens = Math.min(burst, tokens);
    },
    settings: () => ({ perSecond, burst }),
  };
}
