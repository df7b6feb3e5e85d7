import type { Clock } from '../ports/clock.ts';

/**
 * Turns that were promised: who was put off comes to its turn when the time is there, and is not overtaken again and
 * again by what has just arrived. Bounded: beyond `PROMISES_MAX` nothing is promised, and who is put off then asks anew.
 */
export interface PutOff {
  /** Milliseconds left until the promised turn, 0 when it has come; `undefined` without a promise. */
  leftMs(who: string): number | undefined;
  /** False when there is no place for another promise. */
  promise(who: string, waitMs: number): boolean;
  redeem(who: string): void;
  /** Promises whose turn has come or comes within a second; counted up to `DUE_COUNTED_MAX`. */
  dueSoon(): number;
}

const PROMISES_MAX = 10_000;
/** Nobody is put off for longer; ms. */
export const PUT_OFF_MS_MAX = 60_000;
/** A promise that is not redeemed is dropped this long after its turn: its message has gone another way; ms. */
const KEPT_MS = 60_000;

const DUE_SOON_MS = 1_000;
const DUE_COUNTED_MAX = 100;

export function createPutOff(clock: Clock): PutOff {
  const turns = new Map<string, number>();

  const forgetOld = (): void => {
    const now = clock.monotonicMs();
    // In order of promising, which is nearly the order of the turns.
    for (const [who, at] of turns) {
      if (at + KEPT_MS > now) return;
      turns.delete(who);
    }
  };

  return {
    leftMs(who) {
      const at = turns.get(who);
      if (at === undefined) return undefined;
      // Stores wake by the wall clock, which is never exactly as far as this one.
      const leftMs = at - clock.monotonicMs();
      return leftMs < 1 ? 0 : Math.ceil(leftMs);
    },
    promise(who, waitMs) {
      forgetOld();
      turns.delete(who);
      if (turns.size >= PROMISES_MAX) return false;
      turns.set(who, clock.monotonicMs() + waitMs);
      return true;
    },
    redeem: (who) => turns.delete(who),
    dueSoon() {
      forgetOld();
      const until = clock.monotonicMs() + DUE_SOON_MS;
      let count = 0;
      for (const at of turns.values()) {
        if (at > until || count === DUE_COUNTED_MAX) break;
        count += 1;
      }
      return count;
    },
  };
}
