import type { NodePlan, RatePlan } from '../plan/node-plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { createKeyedRateLimit, type KeyedRateLimit } from './keyed-rate-limit.ts';
import { createRateLimit, type RateLimit, type RateSettings } from './rate-limit.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';

/** What a node may do at its target, by itself or together with all who name the same budget. */
export interface Allowance {
  /** Taken before a message is. */
  readonly rateLimit: RateLimit | undefined;
  /** Taken once it is known whose message it is. */
  readonly keyedLimit: KeyedRateLimit | undefined;
  /** Absent: retries are not limited. */
  readonly retryBudget: RetryBudget | undefined;
}

/**
 * The allowances of an engine. Nodes that name one budget share one rate and one retry budget, across pipelines; the
 * lowest of their settings holds.
 */
export interface Budgets {
  allowanceOf(plan: Pick<NodePlan, 'rate' | 'retry'>): Allowance;
  /** Another set of nodes is in operation: what the lowest settings are may have changed; names that nobody uses are forgotten. */
  review(plans: Iterable<Pick<NodePlan, 'rate' | 'retry'>>): void;
  /** Nodes that shared the budget at the last review. */
  sharers(name: string): number;
}

interface Shared {
  rateLimit: RateLimit | undefined;
  keyedLimit: KeyedRateLimit | undefined;
  retryBudget: RetryBudget | undefined;
  sharers: number;
}

export function createBudgets({ clock, random }: { readonly clock: Clock; readonly random: Random }): Budgets {
  const shared = new Map<string, Shared>();

  const sharedBy = (name: string): Shared => {
    const known = shared.get(name);
    if (known !== undefined) return known;
    const budget = { rateLimit: undefined, keyedLimit: undefined, retryBudget: undefined, sharers: 0 };
    shared.set(name, budget);
    return budget;
  };

  const retryBudgetOf = (share: number): RetryBudget => createRetryBudget({ share, clock, random });
  const keyedLimitOf = (settings: RateSettings): KeyedRateLimit => createKeyedRateLimit({ settings, clock, random });

  return {
    allowanceOf({ rate, retry }) {
      const limitsRetries = retry.budget < 1;
      const name = rate?.budget;
      if (rate === undefined || name === undefined) {
        return {
          rateLimit: rate === undefined || rate.key !== undefined ? undefined : createRateLimit(rate, clock),
          keyedLimit: rate?.key === undefined ? undefined : keyedLimitOf(rate),
          retryBudget: limitsRetries ? retryBudgetOf(retry.budget) : undefined,
        };
      }
      const budget = sharedBy(name);
      if (rate.key === undefined) {
        budget.rateLimit ??= createRateLimit(rate, clock);
        budget.rateLimit.resize(lower(budget.rateLimit.settings(), rate));
      } else {
        budget.keyedLimit ??= keyedLimitOf(rate);
        budget.keyedLimit.resize(lower(budget.keyedLimit.settings(), rate));
      }
      if (limitsRetries) {
        budget.retryBudget ??= retryBudgetOf(retry.budget);
        budget.retryBudget.resize(Math.min(budget.retryBudget.share(), retry.budget));
      }
      return {
        rateLimit: rate.key === undefined ? budget.rateLimit : undefined,
        keyedLimit: rate.key === undefined ? undefined : budget.keyedLimit,
        retryBudget: limitsRetries ? budget.retryBudget : undefined,
      };
    },
    review(plans) {
      const rates = new Map<string, { rate: RatePlan; share: number }[]>();
      for (const { rate, retry } of plans) {
        if (rate?.budget === undefined) continue;
        const named = rates.get(rate.budget) ?? [];
        named.push({ rate, share: retry.budget });
        rates.set(rate.budget, named);
      }
      for (const [name, budget] of shared) {
        const named = rates.get(name);
        if (named === undefined) {
          shared.delete(name);
          continue;
        }
        budget.sharers = named.length;
        const lowestOf = (keyed: boolean): RateSettings | undefined =>
          named
            .filter(({ rate }) => (rate.key !== undefined) === keyed)
            .map(({ rate }): RateSettings => rate)
            .reduce<RateSettings | undefined>(
              (lowest, rate) => (lowest === undefined ? rate : lower(lowest, rate)),
              undefined,
            );
        const plain = lowestOf(false);
        const keyed = lowestOf(true);
        if (plain !== undefined) budget.rateLimit?.resize(plain);
        if (keyed !== undefined) budget.keyedLimit?.resize(keyed);
        budget.retryBudget?.resize(Math.min(...named.map(({ share }) => share)));
      }
    },
    sharers: (name) => shared.get(name)?.sharers ?? 0,
  };
}

function lower(one: RateSettings, other: RateSettings): RateSettings {
  return { perSecond: Math.min(one.perSecond, other.perSecond), burst: Math.min(one.burst, other.burst) };
}
