import { randomFillSync } from 'node:crypto';
import type { Clock, IdSource } from '@sluice/engine';

/** Crockford's base 32 in lower case: sorts as it counts, no letters that look alike, safe in addresses and file names. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 10;
const CHANCE_DIGITS = 16;
const POOL_BYTES = CHANCE_DIGITS * 256;

/**
 * Ids of 26 characters: 10 for the millisecond, 16 (80 bits) for chance. Text order is order of making, also within one
 * millisecond and when the clock is set back, because then the last id is counted up instead.
 */
export function createTimeOrderedIds(clock: Pick<Clock, 'now'>): IdSource {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let lastMs = -1;
  let timeText = '';
  const chance = new Uint8Array(CHANCE_DIGITS);

  const draw = (): void => {
    if (used === POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    for (let index = 0; index < CHANCE_DIGITS; index += 1) chance[index] = (pool[used + index] ?? 0) & 31;
    // Room to count up without running over.
    chance[0] = (chance[0] ?? 0) & 15;
    used += CHANCE_DIGITS;
  };

  const countUp = (): void => {
    for (let index = CHANCE_DIGITS - 1; index >= 0; index -= 1) {
      const digit = chance[index] ?? 0;
      if (digit < 31) {
        chance[index] = digit + 1;
        return;
      }
      chance[index] = 0;
    }
  };

  return {
    next() {
      const now = clock.now();
      if (now > lastMs) {
        lastMs = now;
        timeText = encodeTime(now);
        draw();
      } else {
        countUp();
      }
      let text = timeText;
      for (const digit of chance) text += DIGITS[digit];
      return text;
    },
  };
}

function encodeTime(ms: number): string {
  let text = '';
  let rest = ms;
  for (let index = 0; index < TIME_DIGITS; index += 1) {
    text = `${DIGITS[rest % 32]}${text}`;
    rest = Math.floor(rest / 32);
  }
  return text;
}
