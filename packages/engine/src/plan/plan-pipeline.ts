import {
  DEFAULTS,
  durationMs,
  firstPort,
  type Finding,
  type NodeCatalogue,
  type NodeDefinition,
  type PipelineDocument,
} from '@sluice/pipeline';
import { planNode, workersOf, type NodePlan } from './node-plan.ts';
import { planLog, planWire, type LogPlan, type WirePlan } from './wire-plan.ts';

export interface PipelinePlan {
  readonly pipelineId: string;
  readonly name: string;
  readonly version: number;
  readonly nodes: ReadonlyMap<string, NodePlan>;
  readonly wires: readonly WirePlan[];
  readonly logs: readonly LogPlan[];
  /** What the pipeline may keep in all. */
  readonly limits: LimitsPlan;
  /** Share of messages whose way is kept, and the key paths by which messages are found. */
  readonly trace: { readonly sample: number; readonly keys: readonly string[] };
}

export interface LimitsPlan {
  /** Queues, logs and dead letters together. */
  readonly bytes: number;
  readonly deadLetters: number;
  readonly deadLetterBytes: number;
  /** `undefined`: dead letters stay. */
  readonly deadLetterAgeMs: number | undefined;
}

export type PlanResult =
  | { readonly ok: true; readonly plan: PipelinePlan }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Turns a checked document into what the engine runs: defaults filled in, units resolved, wires attached to ports.
 * Findings are those that only running reveals; `checkDocument` has had its say before.
 */
export function planPipeline(request: {
  readonly pipelineId: string;
  readonly version: number;
  readonly document: PipelineDocument;
  readonly catalogue: NodeCatalogue;
}): PlanResult {
  const { document, catalogue, pipelineId } = request;
  const findings: Finding[] = [];
  const definitions = new Map<string, NodeDefinition>();
  for (const node of document.nodes) {
    const definition = catalogue.find(node.type);
    if (definition !== undefined) definitions.set(node.id, definition);
  }

  const wires: WirePlan[] = [];
  for (const wire of document.wires) {
    const [from = '', namedPort] = wire.from.split('.');
    const source = document.nodes.find((node) => node.id === from);
    const sourceDefinition = definitions.get(from);
    const port =
      namedPort ?? (sourceDefinition === undefined ? undefined : firstPort(sourceDefinition, source?.config)?.name);
    const consumer = document.nodes.find((node) => node.id === wire.to);
    const definition = definitions.get(wire.to);
    if (port === undefined || consumer === undefined || definition === undefined) continue;
    wires.push(planWire({ wire, from, port, pipelineId, consumerWorkers: workersOf(consumer, definition) }));
  }

  const nodes = new Map<string, NodePlan>();
  for (const node of document.nodes) {
    const definition = definitions.get(node.id);
    if (definition === undefined) continue;
    nodes.set(node.id, planNode({ node, definition, wires }));
  }

  const logs = planLogs({ document, wires, pipelineId, findings });
  if (findings.length > 0) return { ok: false, findings };
  return {
    ok: true,
    plan: {
      pipelineId,
      name: document.name,
      version: request.version,
      nodes,
      wires,
      logs,
      limits: {
        bytes: document.limits?.bytes ?? DEFAULTS.limits.bytes,
        deadLetters: document.limits?.deadLetters ?? DEFAULTS.limits.deadLetters,
        deadLetterBytes: document.limits?.deadLetterBytes ?? DEFAULTS.limits.deadLetterBytes,
        deadLetterAgeMs:
          document.limits?.deadLetterAge === undefined ? undefined : durationMs(document.limits.deadLetterAge),
      },
      trace: { sample: document.trace?.sample ?? DEFAULTS.trace.sample, keys: document.trace?.keys ?? [] },
    },
  };
}

function planLogs(request: {
  readonly document: PipelineDocument;
  readonly wires: readonly WirePlan[];
  readonly pipelineId: string;
  readonly findings: Finding[];
}): readonly LogPlan[] {
  const logs = new Map<string, { plan: LogPlan; wireId: string; settings: string }>();
  for (const [index, wire] of request.document.wires.entries()) {
    const planned = request.wires.find((candidate) => candidate.id === wire.id);
    if (planned?.delivery !== 'event' || wire.delivery !== 'event') continue;
    const settings = JSON.stringify([wire.log?.partitions, wire.log?.orderBy, wire.log?.retention, wire.log?.lowWater]);
    const known = logs.get(planned.log);
    if (known === undefined) {
      logs.set(planned.log, { plan: planLog(planned, wire.log), wireId: wire.id, settings });
    } else if (known.settings !== settings) {
      request.findings.push({
        severity: 'error',
        code: 'log-settings-differ',
        message: `Wires ${known.wireId} and ${wire.id} read one log, that of port ${planned.port} of ${planned.from}. Give both the same partitions, orderBy, retention and lowWater.`,
        path: `/wires/${index}/log`,
        element: { kind: 'wire', id: wire.id },
      });
    }
  }
  return [...logs.values()].map((entry) => entry.plan);
}
