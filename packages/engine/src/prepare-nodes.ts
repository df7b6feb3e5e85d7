import type { Finding } from '@sluice/pipeline';
import type { PipelinePlan } from './plan/plan-pipeline.ts';
import type { Connectors } from './ports/connectors.ts';
import type { BehaviourCatalogue, PreparedNode } from './ports/node-behaviour.ts';
import { asWorkError } from './running/unit.ts';

export type PrepareResult =
  | { readonly ok: true; readonly prepared: ReadonlyMap<string, PreparedNode> }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Lets nodes do what can fail before any message is touched: compile expressions, fetch secrets. */
export async function prepareNodes(request: {
  readonly plan: PipelinePlan;
  /** What runs already and stays as it is. */
  readonly known?: (nodeId: string) => PreparedNode | undefined;
  /** Absent: all nodes. */
  readonly only?: ReadonlySet<string>;
  readonly behaviours: BehaviourCatalogue;
  readonly connectors: Connectors;
}): Promise<PrepareResult> {
  const { plan, behaviours, connectors } = request;
  const prepared = new Map<string, PreparedNode>();
  const findings: Finding[] = [];
  for (const [index, node] of [...plan.nodes.values()].entries()) {
    if (request.only?.has(node.id) === false) continue;
    const known = request.known?.(node.id);
    if (known !== undefined) {
      prepared.set(node.id, known);
      continue;
    }
    const element = { kind: 'node', id: node.id } as const;
    const behaviour = behaviours.find(node.document.type);
    if (behaviour === undefined) {
      findings.push({
        severity: 'error',
        code: 'type-not-runnable',
        message: `${node.title}: this server cannot run nodes of type ${node.document.type}.`,
        path: `/nodes/${index}/type`,
        element,
      });
      continue;
    }
    try {
      prepared.set(
        node.id,
        await behaviour.prepare({
          pipelineId: plan.pipelineId,
          pipelineName: plan.name,
          nodeId: node.id,
          config: node.document.config ?? {},
          connectors,
        }),
      );
    } catch (error) {
      const work = asWorkError(error);
      findings.push({
        severity: 'error',
        code: work.code,
        message: `${node.title}: ${work.message}`,
        path: `/nodes/${index}/config`,
        element,
      });
    }
  }
  return findings.length > 0 ? { ok: false, findings } : { ok: true, prepared };
}
