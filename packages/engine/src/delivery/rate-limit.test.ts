import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createRateLimit } from './rate-limit.ts';

describe('rate limit', () => {
  it('gives its burst at once, then one token after the other', () => {
    const clock = createTestClock();
    const limit = createRateLimit({ perSecond: 10, burst: 10 }, clock);
    for (let n = 0; n < 10; n += 1) expect(limit.take()).toBe(0);
    expect(limit.take()).toBe(100);
    clock.advance(50);
    expect(limit.take()).toBe(50);
    clock.advance(50);
    expect(limit.take()).toBe(0);
    expect(limit.take()).toBe(100);
  });

  it('gives one token at a time where the burst is 1, however fast it is', () => {
    const clock = createTestClock();
    const limit = createRateLimit({ perSecond: 100, burst: 1 }, clock);
    clock.advance(3_600_000);
    expect([limit.take(), limit.take()]).toEqual([0, 10]);
  });

  it('comes to less than one token per second', () => {
    const clock = createTestClock();
    const limit = createRateLimit({ perSecond: 1 / 60, burst: 1 }, clock);
    expect(limit.take()).toBe(0);
    expect(limit.take()).toBe(60_000);
    clock.advance(60_000);
    expect(limit.take()).toBe(0);
  });

  it('never holds more than its burst, also of tokens given back', () => {
    const clock = createTestClock();
    const limit = createRateLimit({ perSecond: 5, burst: 5 }, clock);
    clock.advance(3_600_000);
    limit.giveBack(100);
    for (let n = 0; n < 5; n += 1) expect(limit.take()).toBe(0);
    expect(limit.take()).toBeGreaterThan(0);
    limit.giveBack(1);
    expect(limit.take()).toBe(0);
  });

  it('says how long a token takes without taking one', () => {
    const limit = createRateLimit({ perSecond: 1, burst: 1 }, createTestClock());
    expect([limit.waitMs(), limit.waitMs(), limit.take(), limit.waitMs()]).toEqual([0, 0, 0, 1_000]);
  });

  it('goes on from where it stands with a new rate', () => {
    const clock = createTestClock();
    const limit = createRateLimit({ perSecond: 10, burst: 10 }, clock);
    limit.resize({ perSecond: 1, burst: 2 });
    expect([limit.take(), limit.take(), limit.take()]).toEqual([0, 0, 1_000]);
    clock.advance(500);
    limit.resize({ perSecond: 10, burst: 10 });
    expect(limit.take()).toBe(50);
    expect(limit.settings()).toEqual({ perSecond: 10, burst: 10 });
  });
});
