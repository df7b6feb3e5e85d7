import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import type { NodePlan } from '../plan/node-plan.ts';
import { createBudgets } from './budgets.ts';

type Asked = Pick<NodePlan, 'rate' | 'retry'>;

const asking = (
  perSecond: number | undefined,
  more: { budget?: string; key?: string; share?: number } = {},
): Asked => ({
  rate:
    perSecond === undefined
      ? undefined
      : { perSecond, burst: Math.max(1, perSecond), key: more.key, budget: more.budget },
  retry: {
    attempts: 8,
    backoff: 'exponential',
    baseMs: 200,
    capMs: 1_000,
    scheduleMs: undefined,
    maxAgeMs: undefined,
    budget: more.share ?? 0.2,
    rules: [],
  },
});

const someBudgets = () => createBudgets({ clock: createTestClock(), random: { next: () => 0.5 } });

describe('budgets', () => {
  it('give each node its own where none is named', () => {
    const budgets = someBudgets();
    const [first, second] = [budgets.allowanceOf(asking(5)), budgets.allowanceOf(asking(5))];
    expect(first.rateLimit).not.toBe(second.rateLimit);
    expect(first.retryBudget).not.toBe(second.retryBudget);
    expect(budgets.allowanceOf(asking(undefined, { share: 1 }))).toEqual({
      rateLimit: undefined,
      keyedLimit: undefined,
      retryBudget: undefined,
    });
  });

  it('are shared by all who name one, at the lowest rate of theirs', () => {
    const budgets = someBudgets();
    const first = budgets.allowanceOf(asking(10, { budget: 'api', share: 0.5 }));
    const second = budgets.allowanceOf(asking(4, { budget: 'api' }));
    expect(second.rateLimit).toBe(first.rateLimit);
    expect(second.retryBudget).toBe(first.retryBudget);
    expect(first.rateLimit?.settings()).toEqual({ perSecond: 4, burst: 4 });
    expect(first.retryBudget?.share()).toBe(0.2);
    expect(budgets.allowanceOf(asking(4, { budget: 'other' })).rateLimit).not.toBe(first.rateLimit);
  });

  it('hold the lowest rate of those that are in operation, and forget names that nobody uses', () => {
    const budgets = someBudgets();
    const first = budgets.allowanceOf(asking(10, { budget: 'api' }));
    budgets.allowanceOf(asking(4, { budget: 'api' }));
    budgets.review([asking(10, { budget: 'api' }), asking(6, { budget: 'api' }), asking(1)]);
    expect(first.rateLimit?.settings()).toEqual({ perSecond: 6, burst: 6 });
    expect(budgets.sharers('api')).toBe(2);
    budgets.review([]);
    expect(budgets.sharers('api')).toBe(0);
    expect(budgets.allowanceOf(asking(10, { budget: 'api' })).rateLimit).not.toBe(first.rateLimit);
  });

  it('by key are apart from those without', () => {
    const budgets = someBudgets();
    const plain = budgets.allowanceOf(asking(10, { budget: 'api' }));
    const keyed = budgets.allowanceOf(asking(5, { budget: 'api', key: 'customer' }));
    expect([plain.keyedLimit, keyed.rateLimit]).toEqual([undefined, undefined]);
    expect(keyed.keyedLimit?.settings().perSecond).toBe(5);
    expect(plain.rateLimit?.settings().perSecond).toBe(10);
    expect(keyed.retryBudget).toBe(plain.retryBudget);
    budgets.review([asking(10, { budget: 'api' }), asking(2, { budget: 'api', key: 'customer' })]);
    expect(keyed.keyedLimit?.settings().perSecond).toBe(2);
  });
});
