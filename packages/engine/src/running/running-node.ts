import { createBreaker } from '../delivery/breaker.ts';
import type { NodePlan } from '../plan/node-plan.ts';
import type { PreparedNode } from '../ports/node-behaviour.ts';
import { createAdmission } from '../worker/admission/admission.ts';
import type { RunningNode, Surroundings } from './graph.ts';
import { createNodeMeters } from './meters.ts';

/**
 * A node that begins to run. Of one that ran before under this id it takes what is known of the target, as far as it
 * still calls the same one by the same rules: an open breaker does not close because a wire was drawn anew.
 */
export function createRunningNode(request: {
  readonly plan: NodePlan;
  readonly prepared: PreparedNode;
  readonly pipelineId: string;
  readonly surroundings: Surroundings;
  readonly before: RunningNode | undefined;
}): RunningNode {
  const { plan, prepared, before } = request;
  const { clock, budgets } = request.surroundings.parts;
  const staysWithin =
    before !== undefined && alike([before.plan.rate, before.plan.retry.budget], [plan.rate, plan.retry.budget]);
  const { rateLimit, keyedLimit, retryBudget } = staysWithin ? before : budgets.allowanceOf(plan);
  const sameTarget = before !== undefined && before.prepared === prepared ? before : undefined;
  const node: RunningNode = {
    plan,
    prepared,
    meters: createNodeMeters(clock),
    breaker: alike(sameTarget?.plan.breaker, plan.breaker) ? sameTarget?.breaker : breakerOf(request, () => node),
    rateLimit,
    keyedLimit,
    retryBudget,
    retryDeferredAt: undefined,
    feeds: [],
    admission: createAdmission(plan, clock),
    discarded: { debounced: 0, 'singleton-skipped': 0, 'singleton-cancelled': 0 },
    workers: startingWorkers(plan, before?.workers),
    idleSinceMs: undefined,
    busy: 0,
    working: 0,
    busiest: 0,
    called: 0,
    restUntil: sameTarget?.restUntil ?? 0,
    hold: undefined,
    saturatedSince: undefined,
    lastError: sameTarget?.lastError,
    lastSuccessAt: sameTarget?.lastSuccessAt ?? 0,
  };
  return node;
}

/** As many as there were before, as far as the plan lets it. */
function startingWorkers({ scale, workers }: NodePlan, before: number | undefined): number {
  return scale === undefined ? workers : Math.min(workers, Math.max(scale.min, before ?? scale.min));
}

function breakerOf(request: Parameters<typeof createRunningNode>[0], node: () => RunningNode): RunningNode['breaker'] {
  const { plan, pipelineId } = request;
  const { parts, wake } = request.surroundings;
  if (plan.breaker === undefined) return undefined;
  return createBreaker({
    plan: plan.breaker,
    clock: parts.clock,
    random: parts.random,
    onChange: (state) => {
      const { id, title } = node().plan;
      if (state === 'open')
        parts.notice({
          pipelineId,
          kind: 'breaker-opened',
          elementId: id,
          text: `Breaker of ${title} opened: its target fails`,
        });
      if (state === 'closed')
        parts.notice({
          pipelineId,
          kind: 'breaker-closed',
          elementId: id,
          text: `Breaker of ${title} closed: its target answers again`,
        });
      wake();
    },
  });
}

/** Both are there and say the same. Plans are plain data, made by one function: their fields come in one order. */
function alike(left: object | undefined, right: object | undefined): boolean {
  return left !== undefined && right !== undefined && JSON.stringify(left) === JSON.stringify(right);
}
