import type { Message } from '../../message.ts';
import { readKeyPath } from '../../plan/key-path.ts';
import type { DebouncePlan } from '../../plan/node-plan.ts';
import type { Lease } from '../../ports/message-store.ts';
import { ADMIT, KEYS_MAX, type Verdict } from './verb.ts';

/** Messages of a partition that are looked at together: what comes later than these is not seen. */
export const DEBOUNCE_RUN_MAX = 256;

/**
 * Debounces a partition from the log itself: all messages of a key stand there in order, with the time at which they were
 * published. The first of the run waits until `periodMs` after it, and with it the partition; by then those that came
 * meanwhile are behind it. It is discarded when one of its key was published in that time, and worked on otherwise.
 * Nothing but the begin of a burst, for `maxWaitMs`, has to be remembered.
 */
export interface DebounceRun {
  /** About the first message of a run; `now` in ms since 1970. */
  judge(run: readonly Lease[], now: number): Verdict;
}

/** The partition is not looked at again for less than this share of the period, at most a second: it finds more then. */
const REST = { share: 0.1, maxMs: 1_000 } as const;

export function createDebounceRun(plan: DebouncePlan): DebounceRun {
  /** When the first message of a burst was published, by key, while messages of it are discarded; ms since 1970. */
  const burstBegan = new Map<string, number>();
  const restMs = Math.min(REST.maxMs, Math.ceil(plan.periodMs * REST.share));

  return {
    judge(run, now) {
      const message = run[0]?.message;
      if (message === undefined) return ADMIT;
      const key = keyOf(message, plan);
      if (key === undefined || message.attempt > 1) return ADMIT;
      const beganAt = burstBegan.get(key) ?? message.enqueuedAt;
      const decidedAt = Math.min(message.enqueuedAt + plan.periodMs, beganAt + plan.maxWaitMs);
      const isFollowed = run.some(
        (other, index) => index > 0 && other.message.enqueuedAt <= decidedAt && keyOf(other.message, plan) === key,
      );
      if (isFollowed && message.enqueuedAt < decidedAt) {
        if (burstBegan.size < KEYS_MAX) burstBegan.set(key, beganAt);
        return { kind: 'discard', reason: 'debounced' };
      }
      if (now < decidedAt) return { kind: 'later', dueAt: Math.max(decidedAt, now + restMs) };
      burstBegan.delete(key);
      return ADMIT;
    },
  };
}

function keyOf(message: Message, { key }: DebouncePlan): string | undefined {
  return key === undefined ? '' : readKeyPath(message, key);
}
