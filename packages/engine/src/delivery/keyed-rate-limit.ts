import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { createPutOff, PUT_OFF_MS_MAX } from './put-off.ts';
import type { RateSettings } from './rate-limit.ts';

/** Keys that are remembered at once. Of those the one that was used longest ago is forgotten, and begins anew. */
export const RATE_KEYS_MAX = 10_000;

/**
 * A rate limit for each key. Whose message it is shows only when it is in hand, so who gets no token goes back to its
 * wire until its turn, which is then promised to it.
 */
export interface KeyedRateLimit {
  /** Takes a token of the key and answers 0, or answers the milliseconds until the turn of `who`; at most a minute. */
  take(key: string, who: string): number;
  /** Gives back a token that was taken and not used. */
  giveBack(key: string): void;
  /** Keys whose tokens are not all there. */
  keys(): number;
  /** How often a key had to be forgotten before all its tokens were there again. */
  forgotten(): number;
  resize(settings: RateSettings): void;
  settings(): RateSettings;
}

export function createKeyedRateLimit(parts: {
  readonly settings: RateSettings;
  readonly clock: Clock;
  readonly random: Random;
}): KeyedRateLimit {
  const { clock, random } = parts;
  let { settings } = parts;
  let forgotten = 0;
  /** When the bucket of a key will be full again, monotonic ms (the theoretical arrival time of GCRA); used last, last. */
  const fullAt = new Map<string, number>();
  const putOff = createPutOff(clock);

  const tokenMs = (): number => 1_000 / settings.perSecond;

  const makePlace = (now: number): void => {
    if (fullAt.size < RATE_KEYS_MAX) return;
    const [oldest] = fullAt;
    if (oldest === undefined) return;
    fullAt.delete(oldest[0]);
    if (oldest[1] > now) forgotten += 1;
  };

  const set = (key: string, at: number): void => {
    const now = clock.monotonicMs();
    if (!fullAt.delete(key)) makePlace(now);
    if (at > now) fullAt.set(key, at);
  };

  return {
    take(key, who) {
      const promisedMs = putOff.leftMs(who);
      if (promisedMs !== undefined) {
        // Its token was set aside when it was put off.
        if (promisedMs === 0) putOff.redeem(who);
        return promisedMs;
      }
      const now = clock.monotonicMs();
      const full = Math.max(now, fullAt.get(key) ?? now);
      const waitMs = Math.ceil(full + tokenMs() - settings.burst * tokenMs() - now);
      if (waitMs <= 0) {
        set(key, full + tokenMs());
        return 0;
      }
      if (waitMs <= PUT_OFF_MS_MAX && putOff.promise(who, waitMs)) {
        set(key, full + tokenMs());
        return waitMs;
      }
      return Math.ceil(PUT_OFF_MS_MAX * (0.5 + 0.5 * random.next()));
    },
    giveBack(key) {
      const at = fullAt.get(key);
      if (at !== undefined) set(key, at - tokenMs());
    },
    keys() {
      const now = clock.monotonicMs();
      for (const [key, at] of fullAt) if (at <= now) fullAt.delete(key);
      return fullAt.size;
    },
    forgotten: () => forgotten,
    resize(next) {
      settings = next;
    },
    settings: () => settings,
  };
}
