import type { RunningNode } from './graph.ts';
import type { Unit } from './unit.ts';

/** A storm is over when the budget has put nothing off for so long; the next one is told again. */
const STORM_OVER_MS = 60_000;

/** Counts a retry that the budget did not let through, and says so once in each storm. */
export function noteDeferredRetry(unit: Unit, node: RunningNode): void {
  const { parts, graph } = unit;
  const now = parts.clock.monotonicMs();
  const isNew = node.retryDeferredAt === undefined || now - node.retryDeferredAt > STORM_OVER_MS;
  node.retryDeferredAt = now;
  node.meters.retriesDeferred.add(1);
  if (!isNew) return;
  parts.notice({
    pipelineId: graph.plan.pipelineId,
    kind: 'retry-storm',
    elementId: node.plan.id,
    text: `Retries at ${node.plan.title} are beyond their budget: they are put off, no attempt is lost`,
  });
}
