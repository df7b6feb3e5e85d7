import type { Random } from '../ports/random.ts';

/**
 * Wait before the next try: full jitter, uniform in [0, min(cap, base * 2^(attempt - 1))), in milliseconds.
 * A target's Retry-After is a lower bound. Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
 */
export function backoffMs(request: {
  /** The try that failed, from 1. */
  readonly attempt: number;
  readonly baseMs: number;
  readonly capMs: number;
  readonly retryAfterMs: number | undefined;
  readonly random: Random;
}): number {
  const ceiling = Math.min(request.capMs, request.baseMs * 2 ** Math.min(request.attempt - 1, 40));
  return Math.max(Math.round(request.random.next() * ceiling), request.retryAfterMs ?? 0);
}
