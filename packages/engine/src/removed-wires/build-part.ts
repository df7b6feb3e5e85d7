import { planRestart, type NodeCatalogue, type PipelineDocument } from '@sluice/pipeline';
import { entryOfPlace } from '../operations/redrive-queue.ts';
import { planPipeline } from '../plan/plan-pipeline.ts';
import { prepareNodes } from '../prepare-nodes.ts';
import type { BehaviourCatalogue } from '../ports/node-behaviour.ts';
import { declareLogs } from '../running/declare-logs.ts';
import { createGraph, type RunningGraph, type Surroundings } from '../running/graph.ts';
import type { RemnantPart } from './remnants.ts';
import type { KnownVersion } from './version-record.ts';

export type PartResult =
  | { readonly ok: true; readonly part: RemnantPart }
  /** In one sentence, with the way out. */
  | { readonly ok: false; readonly problem: string };

/** What building a part of an earlier version needs of the engine and of the version that runs. */
export interface PartBuilder {
  readonly pipelineId: string;
  readonly catalogue: NodeCatalogue;
  readonly behaviours: BehaviourCatalogue;
  readonly surroundings: Surroundings;
  /** What that version and this have in common is shared: workers, rates and breakers count together. */
  readonly present: { readonly graph: RunningGraph; readonly document: PipelineDocument };
}

/** Puts that part of an earlier version in place again that worked off a wire, or a topic on behalf of a node. */
export async function buildPart(
  { version, document }: KnownVersion,
  wireId: string,
  builder: PartBuilder,
): Promise<PartResult> {
  const { pipelineId, catalogue, behaviours, surroundings, present } = builder;
  const { parts } = surroundings;
  const planned = planPipeline({ pipelineId, version, document, catalogue });
  if (!planned.ok) return broken(version, planned.findings[0]?.message);
  const { plan } = planned;
  const consumer = plan.wires.find(({ id }) => id === wireId)?.to ?? entryOfPlace(wireId)?.nodeId ?? wireId;
  const reached = new Set<string>();
  const visit = (nodeId: string): void => {
    if (reached.has(nodeId)) return;
    reached.add(nodeId);
    for (const wire of plan.wires) if (wire.from === nodeId && wire.delivery === 'push') visit(wire.to);
  };
  visit(consumer);

  const restart = planRestart(present.document, document, catalogue);
  const ready = await prepareNodes({
    plan,
    behaviours,
    connectors: parts.connectors,
    only: reached,
    known: (nodeId) => (restart.reconfigured.has(nodeId) ? undefined : present.graph.nodes.get(nodeId)?.prepared),
  });
  if (!ready.ok) return broken(version, ready.findings[0]?.message);
  const { prepared } = ready;
  const { partitions, subscriptions } = await declareLogs({ plan, prepared }, parts.store);
  const graph = createGraph({
    plan,
    prepared,
    partitions,
    surroundings,
    predecessor: { graph: present.graph, restart },
  });
  return { ok: true, part: { graph, subscription: subscriptions.get(wireId) } };
}

function broken(version: number, why: string | undefined): PartResult {
  const reason = why === undefined ? '' : `: ${why}`;
  return {
    ok: false,
    problem: `version ${version}, which would work it off, cannot run any more${reason}. Put that right and deploy again, or deploy with its messages moved or given up.`,
  };
}
