import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createBreaker, type BreakerState } from './breaker.ts';

function aBreaker(wishes: { readonly probes?: number; readonly openForMs?: number } = {}) {
  const clock = createTestClock();
  const changes: BreakerState[] = [];
  const breaker = createBreaker({
    plan: {
      failureRate: 0.5,
      windowMs: 10_000,
      minimumCalls: 4,
      openForMs: wishes.openForMs ?? 1_000,
      probes: wishes.probes ?? 1,
    },
    clock,
    random: { next: () => 0.5 },
    onChange: (state) => changes.push(state),
  });
  const call = (outcome: 'success' | 'failure' | 'unknown'): boolean => {
    const ticket = breaker.admit();
    if (ticket === undefined) return false;
    breaker.settle(ticket, outcome);
    return true;
  };
  const fail = (count: number): void => {
    for (let n = 0; n < count; n += 1) call('failure');
  };
  return { clock, changes, breaker, call, fail };
}

describe('C7 breaker', () => {
  describe('closed', () => {
    it('opens at the failure rate, not before the minimum of calls', () => {
      const { breaker, fail } = aBreaker();
      fail(3);
      expect(breaker.state()).toBe('closed');
      fail(1);
      expect(breaker.state()).toBe('open');
    });

    it('stays closed below the failure rate', () => {
      const { breaker, call } = aBreaker();
      for (let n = 0; n < 20; n += 1) call(n % 5 >= 3 ? 'failure' : 'success');
      expect(breaker.state()).toBe('closed');
    });

    it('forgets what is older than its window', () => {
      const { breaker, fail, clock } = aBreaker();
      fail(3);
      clock.advance(11_000);
      fail(3);
      expect(breaker.state()).toBe('closed');
    });

    it('does not count calls whose outcome is unknown', () => {
      const { breaker, call } = aBreaker();
      for (let n = 0; n < 20; n += 1) call('unknown');
      expect(breaker.state()).toBe('closed');
    });

    it('lets everything through and asks for no wait', () => {
      const { breaker } = aBreaker();
      expect(breaker.waitMs()).toBe(0);
      expect(breaker.openSince()).toBeUndefined();
      expect(breaker.admit()).toMatchObject({ probe: false });
    });
  });

  describe('open', () => {
    it('refuses until its time is over, and says how long that is', () => {
      const { breaker, fail, clock, call } = aBreaker();
      fail(4);
      expect(breaker.waitMs()).toBe(1_000);
      clock.advance(999);
      expect(call('success')).toBe(false);
      expect(breaker.waitMs()).toBe(1);
      clock.advance(1);
      expect(breaker.waitMs()).toBe(0);
      expect(breaker.state()).toBe('open');
    });

    it('does not listen to calls that were admitted before it opened', () => {
      const { breaker, fail } = aBreaker();
      const early = breaker.admit();
      fail(4);
      if (early !== undefined) breaker.settle(early, 'success');
      expect(breaker.state()).toBe('open');
    });
  });

  describe('half-open', () => {
    const halfOpen = (probes = 1) => {
      const parts = aBreaker({ probes });
      parts.fail(4);
      parts.clock.advance(1_000);
      return parts;
    };

    it('lets so many probes through and no more', () => {
      const { breaker } = halfOpen(2);
      expect(breaker.admit()).toMatchObject({ probe: true });
      expect(breaker.waitMs()).toBe(0);
      expect(breaker.admit()).toMatchObject({ probe: true });
      expect(breaker.admit()).toBeUndefined();
      expect(breaker.waitMs()).toBe(Number.POSITIVE_INFINITY);
    });

    it('closes when all probes succeed, with a clean window', () => {
      const { breaker, call, fail, changes } = halfOpen(2);
      call('success');
      expect(breaker.state()).toBe('half-open');
      call('success');
      expect(breaker.state()).toBe('closed');
      expect(breaker.openSince()).toBeUndefined();
      fail(3);
      expect(breaker.state()).toBe('closed');
      expect(changes).toEqual(['open', 'half-open', 'closed']);
    });

    it('opens for twice as long with every probe that fails, at most a minute', () => {
      const { breaker, clock, call } = halfOpen();
      const waits: number[] = [];
      for (let n = 0; n < 9; n += 1) {
        call('failure');
        waits.push(breaker.waitMs());
        clock.advance(breaker.waitMs());
      }
      expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
      call('success');
      expect(breaker.state()).toBe('closed');
    });

    it('keeps to a longer open time of the document', () => {
      const { breaker, fail, clock, call } = aBreaker({ openForMs: 300_000 });
      fail(4);
      clock.advance(300_000);
      call('failure');
      expect(breaker.waitMs()).toBe(300_000);
    });

    it('gives the place of a probe back whose outcome is unknown, and says so', () => {
      const { breaker, call, changes } = halfOpen();
      call('unknown');
      expect(breaker.state()).toBe('half-open');
      expect(changes.at(-1)).toBe('half-open');
      expect(breaker.admit()).toMatchObject({ probe: true });
    });

    it('remembers since when the target has been away', () => {
      const { breaker, clock, call } = aBreaker();
      const since = clock.now();
      for (let n = 0; n < 4; n += 1) call('failure');
      clock.advance(1_000);
      call('failure');
      expect(breaker.openSince()).toBe(since);
    });
  });
});
