import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createRateLimit } from './rate-limit.ts';

describe('rate limit', () => {
  it("gives a second's worth at once, then one token after the other", () => {
    const clock = createTestClock();
    const limit = createRateLimit(10, clock);
    for (let n = 0; n < 10; n += 1) expect(limit.take()).toBe(0);
    expect(limit.take()).toBe(100);
    clock.advance(50);
    expect(limit.take()).toBe(50);
    clock.advance(50);
    expect(limit.take()).toBe(0);
    expect(limit.take()).toBe(100);
  });

  it('gives at least one token at once, however slow it is', () => {
    const clock = createTestClock();
    const limit = createRateLimit(1 / 60, clock);
    expect(limit.take()).toBe(0);
    expect(limit.take()).toBe(60_000);
    clock.advance(60_000);
    expect(limit.take()).toBe(0);
  });

  it("never holds more than a second's worth, also of tokens given back", () => {
    const clock = createTestClock();
    const limit = createRateLimit(5, clock);
    clock.advance(3_600_000);
    limit.giveBack(100);
    for (let n = 0; n < 5; n += 1) expect(limit.take()).toBe(0);
    expect(limit.take()).toBeGreaterThan(0);
    limit.giveBack(1);
    expect(limit.take()).toBe(0);
  });

  it('says how long a token takes without taking one', () => {
    const limit = createRateLimit(1, createTestClock());
    expect([limit.waitMs(), limit.waitMs(), limit.take(), limit.waitMs()]).toEqual([0, 0, 0, 1_000]);
  });
});
