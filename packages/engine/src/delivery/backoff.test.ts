import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

const wait = (attempt: number, share: number, retryAfterMs?: number): number =>
  backoffMs({ attempt, baseMs: 200, capMs: 5_000, retryAfterMs, random: { next: () => share } });

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
    expect(wait(1, 0.5, 60_000)).toBe(60_000);
    expect(wait(3, 0.5, 300)).toBe(400);
  });
});
