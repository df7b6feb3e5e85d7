import type { RetryPlan } from '../plan/node-plan.ts';
import type { Random } from '../ports/random.ts';

/** Waits that are written as they are get up to this share on top, so that what failed together does not return together. */
const SPREAD = 0.1;

/**
 * Wait before the next try, in milliseconds. A target's Retry-After is a lower bound.
 *
 * | setting                | wait                                                             |
 * | ---------------------- | ---------------------------------------------------------------- |
 * | `after` of a rule      | as written, plus up to 10 %                                       |
 * | `schedule`             | its n-th wait after the n-th failure, then the last; up to 10 % more |
 * | `backoff: constant`    | `base`, plus up to 10 %                                           |
 * | `backoff: exponential` | full jitter: uniform in [0, min(cap, base * 2^(attempt - 1)))      |
 *
 * `cap` bounds the exponential waits alone: what is written out is meant. Full jitter: AWS Architecture Blog,
 * "Exponential Backoff And Jitter" (2015).
 */
export function backoffMs(request: {
  readonly retry: Pick<RetryPlan, 'backoff' | 'baseMs' | 'capMs' | 'scheduleMs'>;
  /** The try that failed, from 1. */
  readonly attempt: number;
  /** What the rule that fits the failure says. */
  readonly afterMs?: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly random: Random;
}): number {
  const { retry, attempt, random } = request;
  const written = request.afterMs ?? writtenMs(retry, attempt);
  const waitMs =
    written === undefined
      ? random.next() * Math.min(retry.capMs, retry.baseMs * 2 ** Math.min(attempt - 1, 40))
      : written * (1 + SPREAD * random.next());
  return Math.max(Math.round(waitMs), request.retryAfterMs ?? 0);
}

/** The longest that the settings let a retry wait: for a message that is never given up. */
export function longestBackoffMs(retry: Pick<RetryPlan, 'backoff' | 'baseMs' | 'capMs' | 'scheduleMs'>): number {
  return writtenMs(retry, Number.MAX_SAFE_INTEGER) ?? retry.capMs;
}

function writtenMs(retry: Pick<RetryPlan, 'backoff' | 'baseMs' | 'scheduleMs'>, attempt: number): number | undefined {
  if (retry.scheduleMs !== undefined) return retry.scheduleMs[Math.min(attempt, retry.scheduleMs.length) - 1];
  return retry.backoff === 'constant' ? retry.baseMs : undefined;
}
