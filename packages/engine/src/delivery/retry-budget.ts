import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { createPutOff, PUT_OFF_MS_MAX } from './put-off.ts';
import { createRateLimit } from './rate-limit.ts';

/** Retries that a target may always get, per second and at once: a quiet target is not kept from its retries. */
export const RETRIES_PER_SECOND_MIN = 10;
/** What first tries have earned is kept so long; ms. */
const KEPT_MS = 10_000;
const SLOTS = 10;
const SLOT_MS = KEPT_MS / SLOTS;

/**
 * Keeps the retries at a target within a share of its first tries, so that a target in trouble is not kept there by what
 * is tried again (the budget of Finagle). Every first try earns `share` of a token, kept for ten seconds; a retry takes
 * one, of these or of the ten per second that are always there. A retry that succeeds gives its token back: what works
 * is no storm, and a backlog of retries drains at full speed once the target is well again.
 */
export interface RetryBudget {
  firstTry(): void;
  /**
   * Takes a token for a retry and answers 0, or answers the milliseconds until the turn of `who`; at most a minute. Whose
   * turn was promised goes before those that come new.
   */
  take(who: string): number;
  /** Takes a token or says no; for a retry that is made now or not at all. */
  takeNow(): boolean;
  /** The retry that took a token has succeeded, or was not made. */
  giveBack(): void;
  resize(share: number): void;
  share(): number;
}

export function createRetryBudget(parts: {
  /** Of a token for each first try. */
  readonly share: number;
  readonly clock: Clock;
  readonly random: Random;
}): RetryBudget {
  const { clock, random } = parts;
  let { share } = parts;
  const floor = createRateLimit({ perSecond: RETRIES_PER_SECOND_MIN, burst: RETRIES_PER_SECOND_MIN }, clock);
  /** What is left of what was earned, and all that was earned, by the second. */
  const left = new Float64Array(SLOTS);
  const earned = new Float64Array(SLOTS);
  let slot = Math.floor(clock.monotonicMs() / SLOT_MS);
  const putOff = createPutOff(clock);
  /** The last turn that was promised; monotonic ms. */
  let lastTurnAt = 0;

  const turnWindow = (): void => {
    const current = Math.floor(clock.monotonicMs() / SLOT_MS);
    for (let step = 1; step <= Math.min(SLOTS, current - slot); step += 1) {
      left[(slot + step) % SLOTS] = 0;
      earned[(slot + step) % SLOTS] = 0;
    }
    slot = current;
  };

  const earn = (tokens: number): void => {
    turnWindow();
    const index = slot % SLOTS;
    left[index] = (left[index] ?? 0) + tokens;
    earned[index] = (earned[index] ?? 0) + tokens;
  };

  const total = (slots: Float64Array): number => slots.reduce((sum, tokens) => sum + tokens, 0);

  /** Takes what would be lost first. */
  const spend = (): void => {
    for (let step = 1, due = 1; step <= SLOTS && due > 0; step += 1) {
      const index = (slot + step) % SLOTS;
      const taken = Math.min(due, left[index] ?? 0);
      left[index] = (left[index] ?? 0) - taken;
      due -= taken;
    }
  };

  /** Takes a token if so many are left then for those who were promised one. Those of the floor go first: they come again by themselves. */
  const takeBeside = (spared: number): boolean => {
    if (spared === 0 && floor.take() === 0) return true;
    turnWindow();
    // The sum of many small shares may miss a whole token by a hair.
    if (total(left) + 1e-9 < 1 + spared) return false;
    spend();
    return true;
  };

  /** Retries per second that first tries and the floor allow as things are. */
  const pace = (): number => {
    turnWindow();
    return RETRIES_PER_SECOND_MIN + (total(earned) * 1_000) / KEPT_MS;
  };

  return {
    firstTry: () => earn(share),
    takeNow: () => takeBeside(putOff.dueSoon()),
    take(who) {
      const promisedMs = putOff.leftMs(who);
      if (promisedMs !== undefined && promisedMs > 0) return promisedMs;
      if (takeBeside(promisedMs === undefined ? putOff.dueSoon() : 0)) {
        putOff.redeem(who);
        return 0;
      }
      const now = clock.monotonicMs();
      // Behind the last, also whose turn has come and who gets nothing because less is earned than there was.
      const turnAt = Math.max(now, lastTurnAt) + 1_000 / pace();
      const waitMs = Math.ceil(turnAt - now);
      if (waitMs <= PUT_OFF_MS_MAX && putOff.promise(who, waitMs)) {
        lastTurnAt = turnAt;
        return waitMs;
      }
      putOff.redeem(who);
      return Math.ceil(PUT_OFF_MS_MAX * (0.5 + 0.5 * random.next()));
    },
    giveBack: () => earn(1),
    resize(next) {
      share = next;
    },
    share: () => share,
  };
}
