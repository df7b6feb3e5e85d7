import { describe, expect, it } from 'vitest';
import { backoffMs, longestBackoffMs } from './backoff.ts';

const EXPONENTIAL = { backoff: 'exponential', baseMs: 200, capMs: 5_000, scheduleMs: undefined } as const;
const CONSTANT = { ...EXPONENTIAL, backoff: 'constant', baseMs: 10_000 } as const;
const SCHEDULE = { ...EXPONENTIAL, scheduleMs: [5_000, 60_000, 7_200_000] } as const;

const wait = (
  attempt: number,
  share: number,
  wishes: { retry?: Parameters<typeof backoffMs>[0]['retry']; retryAfterMs?: number; afterMs?: number } = {},
): number =>
  backoffMs({
    retry: wishes.retry ?? EXPONENTIAL,
    attempt,
    afterMs: wishes.afterMs,
    retryAfterMs: wishes.retryAfterMs,
    random: { next: () => share },
  });

describe('C6 backoff', () => {
  it('doubles its ceiling with each attempt, up to the cap', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 60, 5_000].map((attempt) => wait(attempt, 0.999_999))).toEqual([
      200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000,
    ]);
  });

  it('is uniform from zero to its ceiling', () => {
    expect([0, 0.25, 0.5, 0.75].map((share) => wait(3, share))).toEqual([0, 200, 400, 600]);
  });

  it('waits at least as long as the target asks, also beyond the cap', () => {
    expect(wait(1, 0.5, { retryAfterMs: 60_000 })).toBe(60_000);
    expect(wait(3, 0.5, { retryAfterMs: 300 })).toBe(400);
    expect(wait(1, 0, { retry: CONSTANT, retryAfterMs: 60_000 })).toBe(60_000);
  });

  it('constant is the base at every attempt, and up to a tenth more', () => {
    expect([1, 2, 50].map((attempt) => wait(attempt, 0, { retry: CONSTANT }))).toEqual([10_000, 10_000, 10_000]);
    expect(wait(3, 0.999_999, { retry: CONSTANT })).toBe(11_000);
  });

  it('a schedule is followed wait by wait, and its last one repeats', () => {
    expect([1, 2, 3, 4, 99].map((attempt) => wait(attempt, 0, { retry: SCHEDULE }))).toEqual([
      5_000, 60_000, 7_200_000, 7_200_000, 7_200_000,
    ]);
    expect(wait(2, 0.5, { retry: SCHEDULE })).toBe(63_000);
  });

  it('is what a rule says where one fits', () => {
    expect(wait(4, 0.5, { afterMs: 1_000 })).toBe(1_050);
    expect(wait(1, 0, { retry: SCHEDULE, afterMs: 1_000 })).toBe(1_000);
    expect(wait(1, 0, { afterMs: 1_000, retryAfterMs: 2_000 })).toBe(2_000);
  });

  it('knows its longest wait', () => {
    expect([EXPONENTIAL, CONSTANT, SCHEDULE].map(longestBackoffMs)).toEqual([5_000, 10_000, 7_200_000]);
  });
});
