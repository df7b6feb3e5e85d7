import { ratePerSecond } from '../duration.ts';
import type { Finding } from '../finding.ts';
import { nodeFinding, type CheckContext } from './check-context.ts';

/** Nodes that name one rate budget share it, and the lowest rate holds: whoever wrote another did not mean that. */
export function checkBudgets({ nodes }: CheckContext): readonly Finding[] {
  const first = new Map<string, { readonly nodeId: string; readonly settings: string }>();
  return [...nodes.values()].flatMap((placed) => {
    const limit = placed.node.work?.rateLimit;
    if (typeof limit !== 'object' || limit.budget === undefined) return [];
    const settings = JSON.stringify([ratePerSecond(limit.rate), limit.burst, limit.key !== undefined]);
    const other = first.get(limit.budget);
    if (other === undefined) {
      first.set(limit.budget, { nodeId: placed.node.id, settings });
      return [];
    }
    if (other.settings === settings) return [];
    return [
      nodeFinding(placed, ['work', 'rateLimit'], {
        severity: 'warning',
        code: 'budget-rates-differ',
        message: `{path} limits budget "${limit.budget}" in another way than node "${other.nodeId}" does. The lowest rate and burst hold for both: write the same at both, or name another budget.`,
      }),
    ];
  });
}
