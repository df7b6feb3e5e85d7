import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createRetryBudget, RETRIES_PER_SECOND_MIN } from './retry-budget.ts';

function aBudget(share = 0.2) {
  const clock = createTestClock();
  const budget = createRetryBudget({ share, clock, random: { next: () => 0.5 } });
  const takeAll = (name: string, count: number): number[] =>
    Array.from({ length: count }, (_, n) => budget.take(`${name}${n}`));
  const granted = (waits: readonly number[]): number => waits.filter((ms) => ms === 0).length;
  return { clock, budget, takeAll, granted };
}

describe('C6 retry budget', () => {
  it('always has ten retries per second, however few first tries there are', () => {
    const { clock, takeAll, granted } = aBudget();
    expect(granted(takeAll('a', 50))).toBe(RETRIES_PER_SECOND_MIN);
    clock.advance(1_000);
    // Those who were put off come first, each at its turn.
    expect(takeAll('a', 50).slice(10, 20)).toEqual(Array.from({ length: 10 }, () => 0));
  });

  it('earns a share of a token with every first try', () => {
    const { budget, takeAll, granted } = aBudget();
    for (let n = 0; n < 1_000; n += 1) budget.firstTry();
    expect(granted(takeAll('a', 1_000))).toBe(200 + RETRIES_PER_SECOND_MIN);
  });

  it('keeps what was earned for ten seconds', () => {
    const { budget, takeAll, granted, clock } = aBudget();
    for (let n = 0; n < 1_000; n += 1) budget.firstTry();
    clock.advance(9_000);
    expect(granted(takeAll('a', 100))).toBe(100);
    clock.advance(2_000);
    expect(granted(takeAll('b', 100))).toBe(RETRIES_PER_SECOND_MIN);
  });

  it('puts the others off one behind the other, in step with what is earned', () => {
    const { takeAll } = aBudget();
    expect(takeAll('a', 14).slice(10)).toEqual([100, 200, 300, 400]);
  });

  it('lets nobody new overtake who was put off', () => {
    const { budget, takeAll, clock } = aBudget();
    takeAll('a', 12);
    clock.advance(100);
    expect(budget.take('new')).toBe(200);
    expect(budget.takeNow()).toBe(false);
    expect(budget.take('a10')).toBe(0);
  });

  it('puts nobody off for more than a minute', () => {
    const { takeAll } = aBudget();
    const waits = takeAll('a', 2_000);
    expect(Math.max(...waits)).toBe(60_000);
    expect(waits.at(-1)).toBe(45_000);
  });

  it('gets the token of a retry back that succeeded', () => {
    const { budget, takeAll, clock } = aBudget();
    takeAll('a', 10);
    for (let n = 0; n < 500; n += 1) {
      budget.giveBack();
      expect(budget.take(`b${n}`)).toBe(0);
    }
    clock.advance(20_000);
    budget.giveBack();
    expect(budget.takeNow()).toBe(true);
  });

  it('goes on with a new share', () => {
    const { budget, takeAll, granted } = aBudget();
    budget.resize(0.5);
    for (let n = 0; n < 100; n += 1) budget.firstTry();
    expect(granted(takeAll('a', 100))).toBe(50 + RETRIES_PER_SECOND_MIN);
    expect(budget.share()).toBe(0.5);
  });
});
