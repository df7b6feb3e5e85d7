import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createKeyedRateLimit, RATE_KEYS_MAX } from './keyed-rate-limit.ts';

function aLimit(settings: { readonly perSecond: number; readonly burst: number }) {
  const clock = createTestClock();
  return { clock, limit: createKeyedRateLimit({ settings, clock, random: { next: () => 0.5 } }) };
}

describe('rate limit by key', () => {
  it('holds for each key by itself', () => {
    const { limit } = aLimit({ perSecond: 1, burst: 2 });
    expect(['a', 'b', 'c'].map((who) => limit.take('k', who))).toEqual([0, 0, 1_000]);
    expect(['d', 'e', 'f'].map((who) => limit.take('l', who))).toEqual([0, 0, 1_000]);
  });

  it('promises who is put off a turn of its own, and keeps it', () => {
    const { limit, clock } = aLimit({ perSecond: 10, burst: 1 });
    expect(['a', 'b', 'c', 'd'].map((who) => limit.take('k', who))).toEqual([0, 100, 200, 300]);
    expect(limit.take('k', 'c')).toBe(200);
    clock.advance(200);
    // Somebody new comes behind those who were promised, whoever asks first.
    expect(limit.take('k', 'new')).toBe(200);
    expect(limit.take('k', 'c')).toBe(0);
    expect(limit.take('k', 'b')).toBe(0);
    clock.advance(100);
    expect(limit.take('k', 'd')).toBe(0);
  });

  it('promises nothing beyond a minute, and puts off at most so long', () => {
    const { limit, clock } = aLimit({ perSecond: 1, burst: 1 });
    for (let n = 0; n <= 60; n += 1) limit.take('k', `m${n}`);
    expect(limit.take('k', 'late')).toBe(45_000);
    clock.advance(60_000);
    expect(limit.take('k', 'm60')).toBe(0);
    expect(limit.take('k', 'late')).toBe(1_000);
  });

  it('takes a token back', () => {
    const { limit } = aLimit({ perSecond: 1, burst: 1 });
    expect(limit.take('k', 'a')).toBe(0);
    limit.giveBack('k');
    expect(limit.take('k', 'b')).toBe(0);
  });

  it('remembers so many keys and no more; forgetting one whose tokens are all there costs nothing', () => {
    const { limit, clock } = aLimit({ perSecond: 1, burst: 1 });
    for (let n = 0; n < RATE_KEYS_MAX; n += 1) limit.take(`k${n}`, `m${n}`);
    expect([limit.keys(), limit.forgotten()]).toEqual([RATE_KEYS_MAX, 0]);
    limit.take('one-more', 'x');
    expect([limit.keys(), limit.forgotten()]).toEqual([RATE_KEYS_MAX, 1]);
    // It was the first that was forgotten: it begins anew.
    expect(limit.take('k0', 'again')).toBe(0);
    expect(limit.take(`k${RATE_KEYS_MAX - 1}`, 'again')).toBe(1_000);
    clock.advance(10_000);
    expect(limit.keys()).toBe(0);
  });

  it('goes on with a new rate', () => {
    const { limit, clock } = aLimit({ perSecond: 1, burst: 1 });
    limit.take('k', 'a');
    clock.advance(1_000);
    limit.resize({ perSecond: 10, burst: 1 });
    expect([limit.take('k', 'b'), limit.take('k', 'c')]).toEqual([0, 100]);
  });
});
