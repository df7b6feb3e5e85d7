import type { Clock } from '../ports/clock.ts';

/**
 * What a pipeline may keep in all, as it was when it was last looked at: the wires' own limits are exact, this one is
 * approximate. Full from the limit on, and open again at 80 % of it.
 */
export interface Quota {
  used(): number;
  fullSince(): number | undefined;
  /** Seconds until it opens again as things go; `undefined`: nothing goes, or nobody knows. */
  opensInSeconds(): number | undefined;
  /** What it keeps now, in bytes. */
  review(used: number): void;
}

const OPENS_AT = 0.8;
/** The trend is that of so many looks. */
const LOOKS = 10;

export function createQuota(parts: {
  /** Bytes. */
  readonly limit: () => number;
  readonly clock: Clock;
  readonly onChange: (state: 'open' | 'full') => void;
}): Quota {
  const { clock } = parts;
  const looks: { readonly at: number; readonly used: number }[] = [];
  let used = 0;
  let fullSince: number | undefined;

  return {
    used: () => used,
    fullSince: () => fullSince,
    opensInSeconds() {
      const [first] = looks;
      const last = looks.at(-1);
      if (first === undefined || last === undefined || last.used >= first.used) return undefined;
      const perSecond = ((first.used - last.used) / Math.max(1, last.at - first.at)) * 1_000;
      return Math.max(0, used - parts.limit() * OPENS_AT) / perSecond;
    },
    review(now) {
      used = now;
      looks.push({ at: clock.monotonicMs(), used });
      if (looks.length > LOOKS) looks.shift();
      const limit = parts.limit();
      if (fullSince === undefined && used >= limit) {
        fullSince = clock.now();
        parts.onChange('full');
      } else if (fullSince !== undefined && used <= limit * OPENS_AT) {
        fullSince = undefined;
        parts.onChange('open');
      }
    },
  };
}
