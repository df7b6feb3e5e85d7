import {
  DEFAULTS,
  durationMs,
  ratePerSecond,
  type Finding,
  type Log,
  type NodeCatalogue,
  type NodeDefinition,
  type NodeDocument,
  type PipelineDocument,
  type WireDocument,
} from '@sluice/pipeline';

interface RetryPlan {
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** `undefined`: no limit by age. */
  readonly maxAgeMs: number | undefined;
}

export interface BreakerPlan {
  readonly failureRate: number;
  readonly windowMs: number;
  readonly minimumCalls: number;
  readonly openForMs: number;
  readonly probes: number;
}

export interface NodePlan {
  readonly id: string;
  readonly title: string;
  readonly document: NodeDocument;
  readonly definition: NodeDefinition;
  readonly workers: number;
  readonly timeoutMs: number;
  readonly retry: RetryPlan;
  /** Tries in place when a push wire calls: 1 unless the document says otherwise. */
  readonly triesInPlace: number;
  /** Absent on nodes that call nobody, unless the document asks for one. */
  readonly breaker: BreakerPlan | undefined;
  readonly ratePerSecond: number | undefined;
  readonly quarantineAfter: number;
  /** Wires out of each port. */
  readonly outputs: ReadonlyMap<string, readonly WirePlan[]>;
}

interface WireCommon {
  readonly id: string;
  readonly from: string;
  readonly port: string;
  readonly to: string;
}

export interface PushWirePlan extends WireCommon {
  readonly delivery: 'push';
  readonly concurrency: number;
  readonly line: number;
  readonly deadlineMs: number;
  readonly overflow: 'reject' | 'wait';
}

export interface PullWirePlan extends WireCommon {
  readonly delivery: 'pull';
  readonly queue: string;
  readonly limit: { readonly messages: number; readonly bytes: number };
  readonly orderBy: string | undefined;
  readonly expireAfterMs: number | undefined;
}

export interface EventWirePlan extends WireCommon {
  readonly delivery: 'event';
  readonly log: string;
  readonly group: string;
  readonly startFrom: 'earliest' | 'latest';
  readonly onPoison: 'park' | 'block';
}

type WirePlan = PushWirePlan | PullWirePlan | EventWirePlan;

/** The log of one output port, shared by all event wires on it. */
export interface LogPlan {
  readonly log: string;
  readonly nodeId: string;
  readonly port: string;
  readonly partitions: number;
  readonly orderBy: string | undefined;
  readonly retention: { readonly ageMs: number; readonly bytes: number };
}

export interface PipelinePlan {
  readonly pipelineId: string;
  readonly name: string;
  readonly version: number;
  readonly nodes: ReadonlyMap<string, NodePlan>;
  readonly wires: readonly WirePlan[];
  readonly logs: readonly LogPlan[];
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

  const workersOf = (node: NodeDocument, definition: NodeDefinition): number =>
    node.work?.workers ?? (definition.callsOut ? DEFAULTS.workersCallingOut : DEFAULTS.workers);

  const wires: WirePlan[] = [];
  for (const wire of document.wires) {
    const [from = '', namedPort] = wire.from.split('.');
    const port = namedPort ?? definitions.get(from)?.outputs[0]?.name;
    const consumer = document.nodes.find((node) => node.id === wire.to);
    const definition = definitions.get(wire.to);
    if (port === undefined || consumer === undefined || definition === undefined) continue;
    wires.push(planWire({ wire, from, port, pipelineId, consumerWorkers: workersOf(consumer, definition) }));
  }

  const nodes = new Map<string, NodePlan>();
  for (const node of document.nodes) {
    const definition = definitions.get(node.id);
    if (definition === undefined) continue;
    nodes.set(node.id, planNode({ node, definition, workers: workersOf(node, definition), wires }));
  }

  const logs = planLogs({ document, wires, pipelineId, findings });
  if (findings.length > 0) return { ok: false, findings };
  return { ok: true, plan: { pipelineId, name: document.name, version: request.version, nodes, wires, logs } };
}

function planWire(request: {
  readonly wire: WireDocument;
  readonly from: string;
  readonly port: string;
  readonly pipelineId: string;
  readonly consumerWorkers: number;
}): WirePlan {
  const { wire, from, port, pipelineId } = request;
  const common = { id: wire.id, from, port, to: wire.to };
  switch (wire.delivery) {
    case 'push':
      return {
        ...common,
        delivery: 'push',
        concurrency: wire.call?.concurrency ?? request.consumerWorkers,
        line: wire.call?.line ?? DEFAULTS.call.line,
        deadlineMs: optionalMs(wire.call?.deadline) ?? DEFAULTS.call.deadlineMs,
        overflow: wire.call?.overflow === 'wait' ? 'wait' : 'reject',
      };
    case 'pull':
      return {
        ...common,
        delivery: 'pull',
        queue: `${pipelineId}/${wire.id}`,
        limit: {
          messages: wire.queue?.capacity ?? DEFAULTS.queue.messages,
          bytes: wire.queue?.capacityBytes ?? DEFAULTS.queue.bytes,
        },
        orderBy: wire.queue?.orderBy,
        expireAfterMs: optionalMs(wire.queue?.expireAfter),
      };
    case 'event':
      return {
        ...common,
        delivery: 'event',
        log: `${pipelineId}/${from}.${port}`,
        group: `${pipelineId}/${wire.id}`,
        startFrom: wire.log?.startFrom ?? 'earliest',
        onPoison: wire.log?.onPoison ?? 'park',
      };
  }
}

function planNode(request: {
  readonly node: NodeDocument;
  readonly definition: NodeDefinition;
  readonly workers: number;
  readonly wires: readonly WirePlan[];
}): NodePlan {
  const { node, definition } = request;
  const work = node.work;
  const outputs = new Map<string, WirePlan[]>();
  for (const port of definition.outputs) outputs.set(port.name, []);
  for (const wire of request.wires) if (wire.from === node.id) outputs.get(wire.port)?.push(wire);
  const breaker = work?.breaker;
  return {
    id: node.id,
    title: node.title ?? node.id,
    document: node,
    definition,
    workers: request.workers,
    timeoutMs: optionalMs(work?.timeout) ?? (definition.callsOut ? DEFAULTS.timeoutCallingOutMs : DEFAULTS.timeoutMs),
    retry: {
      attempts: work?.retry?.attempts ?? DEFAULTS.retry.attempts,
      baseMs: optionalMs(work?.retry?.base) ?? DEFAULTS.retry.baseMs,
      capMs: optionalMs(work?.retry?.cap) ?? DEFAULTS.retry.capMs,
      maxAgeMs: optionalMs(work?.retry?.maxAge),
    },
    triesInPlace: work?.retry?.attempts ?? 1,
    breaker:
      breaker === undefined && !definition.callsOut
        ? undefined
        : {
            failureRate: breaker?.failureRate ?? DEFAULTS.breaker.failureRate,
            windowMs: optionalMs(breaker?.window) ?? DEFAULTS.breaker.windowMs,
            minimumCalls: breaker?.minimumCalls ?? DEFAULTS.breaker.minimumCalls,
            openForMs: optionalMs(breaker?.openFor) ?? DEFAULTS.breaker.openForMs,
            probes: breaker?.probes ?? DEFAULTS.breaker.probes,
          },
    ratePerSecond: work?.rateLimit === undefined ? undefined : ratePerSecond(work.rateLimit),
    quarantineAfter: work?.quarantineAfter ?? DEFAULTS.quarantineAfter,
    outputs,
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
    const settings = JSON.stringify([wire.log?.partitions, wire.log?.orderBy, wire.log?.retention]);
    const known = logs.get(planned.log);
    if (known === undefined) {
      logs.set(planned.log, { plan: planLog(planned, wire.log), wireId: wire.id, settings });
    } else if (known.settings !== settings) {
      request.findings.push({
        severity: 'error',
        code: 'log-settings-differ',
        message: `Wires ${known.wireId} and ${wire.id} read one log, that of port ${planned.port} of ${planned.from}. Give both the same partitions, orderBy and retention.`,
        path: `/wires/${index}/log`,
        element: { kind: 'wire', id: wire.id },
      });
    }
  }
  return [...logs.values()].map((entry) => entry.plan);
}

function planLog(wire: EventWirePlan, log: Log | undefined): LogPlan {
  const retention = typeof log?.retention === 'string' ? { age: log.retention } : log?.retention;
  return {
    log: wire.log,
    nodeId: wire.from,
    port: wire.port,
    partitions: log?.partitions ?? DEFAULTS.log.partitions,
    orderBy: log?.orderBy,
    retention: {
      ageMs: optionalMs(retention?.age) ?? DEFAULTS.log.ageMs,
      bytes: retention?.bytes ?? DEFAULTS.log.bytes,
    },
  };
}

function optionalMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(text);
}
