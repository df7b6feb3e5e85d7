import type { Budgets } from '../delivery/budgets.ts';
import type { NodeFigures } from '../engine-interface.ts';
import type { RunningNode } from './graph.ts';

/** The rate that holds at a node now. */
export function rateFigures({ plan, rateLimit, keyedLimit }: RunningNode, budgets: Budgets): NodeFigures['rateLimit'] {
  const limit = rateLimit ?? keyedLimit;
  if (limit === undefined) return null;
  const budget = plan.rate?.budget;
  return {
    perSecond: limit.settings().perSecond,
    budget: budget ?? null,
    sharers: budget === undefined ? 1 : budgets.sharers(budget),
    keys: keyedLimit?.keys() ?? null,
    keysForgotten: keyedLimit?.forgotten() ?? 0,
  };
}
