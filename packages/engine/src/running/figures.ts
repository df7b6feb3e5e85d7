import type { Budgets } from '../delivery/budgets.ts';
import type { NodeFigures, PipelineFigures, WireFigures } from '../engine-interface.ts';
import { redrivePlaces, redriveQueue } from '../operations/redrive-queue.ts';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { MessageStore } from '../ports/message-store.ts';
import { removedWireFigures } from '../removed-wires/removed-wire-figures.ts';
import type { RunningNode } from './graph.ts';
import type { RunningParts } from './parts.ts';
import { rateFigures } from './rate-figures.ts';
import type { RunningPipeline } from './running-pipeline.ts';
import { judge } from './verdict.ts';
import { wireFigures } from './wire-figures.ts';

/** A node that failed last and not longer ago than this is shown as failing. */
const FAILING_MS = 60_000;

/** The figures of a pipeline now: what the store holds, what the meters measured, and the verdict on both. */
export async function readFigures(
  running: RunningPipeline,
  { store, clock, budgets }: Pick<RunningParts, 'store' | 'clock' | 'budgets'>,
  /** Why the engine has failed; `undefined`: it has not. */
  failure?: unknown,
): Promise<PipelineFigures> {
  const { graph } = running;
  const { plan } = graph;
  const now = clock.now();
  const state = failure === undefined ? running.state() : 'failed';
  const wires: Record<string, WireFigures> = {};
  for (const wire of graph.wires.values()) wires[wire.plan.id] = await wireFigures({ wire, graph, store, clock });

  const deadLetters = await store.deadLetterCounts(plan.pipelineId);
  const redriving = await readRedriving(plan, store);
  const nodes: Record<string, NodeFigures> = {};
  for (const node of graph.nodes.values()) {
    nodes[node.plan.id] = nodeFigures({
      node,
      now,
      state,
      deadLetters: deadLetters[node.plan.id] ?? 0,
      redriving: redriving.get(node.plan.id) ?? 0,
      budgets,
    });
  }

  const removedWires = await removedWireFigures(running.remnants.list(), store, clock);
  const all = [...Object.values(wires), ...removedWires];
  const ages = all.flatMap((wire) => (wire.oldestAgeMs === null ? [] : [wire.oldestAgeMs]));
  const totals = {
    depth: all.reduce((sum, wire) => sum + wire.depth, 0) + sumOf(redriving.values(), (messages) => messages),
    inFlight: all.reduce((sum, wire) => sum + wire.inFlight, 0),
    oldestAgeMs: ages.length === 0 ? null : Math.max(...ages),
    deadLetters: Object.values(deadLetters).reduce((sum, count) => sum + count, 0),
    rateIn: sumOf(graph.nodes.values(), (node) =>
      node.plan.definition.role === 'source' ? node.meters.in.perSecond() : 0,
    ),
    rateOut: sumOf(graph.nodes.values(), (node) =>
      node.plan.definition.role === 'sink' ? node.meters.completed.perSecond() : 0,
    ),
  };
  const drain = await readDrain(running);
  const limits = running.bounds.figures();
  const verdict = judge({ graph, state, totals, wires, removedWires, drain, limits, now });
  return {
    pipelineId: plan.pipelineId,
    name: plan.name,
    version: plan.version,
    state,
    at: now,
    verdict: failure === undefined ? verdict : failed(failure),
    totals,
    nodes,
    wires,
    removedWires,
    limits,
    drain,
  };
}

async function readDrain(running: RunningPipeline): Promise<PipelineFigures['drain']> {
  const drain = running.draining();
  return drain === undefined ? null : { ...drain, left: await running.waiting() };
}

function failed(failure: unknown): PipelineFigures['verdict'] {
  const why = failure instanceof Error ? failure.message : String(failure);
  return { kind: 'stopped', text: `Failed: ${why}. A restart of the process recovers`, nodeId: null, since: null };
}

/** Redriven messages by the node that works them off. */
async function readRedriving(plan: PipelinePlan, store: MessageStore): Promise<ReadonlyMap<string, number>> {
  const redriving = new Map<string, number>();
  for (const { place, nodeId } of redrivePlaces(plan)) {
    const { messages } = await store.backlog({ queue: redriveQueue(plan.pipelineId, place) });
    redriving.set(nodeId, (redriving.get(nodeId) ?? 0) + messages);
  }
  return redriving;
}

function nodeFigures(request: {
  readonly node: RunningNode;
  readonly now: number;
  readonly state: PipelineFigures['state'];
  readonly deadLetters: number;
  readonly redriving: number;
  readonly budgets: Budgets;
}): NodeFigures {
  const { node, now } = request;
  const { meters } = node;
  const failing =
    node.lastError !== undefined && node.lastError.at > node.lastSuccessAt && now - node.lastError.at < FAILING_MS;
  const running = node.hold !== undefined ? 'held' : failing ? 'failing' : 'running';
  return {
    id: node.plan.id,
    rateIn: meters.in.perSecond(),
    rateOut: meters.out.perSecond(),
    rateFailed: meters.failed.perSecond(),
    completed: meters.completed.total,
    failed: meters.failed.total,
    retries: meters.retries.total,
    retriesDeferred: meters.retriesDeferred.total,
    rateLimit: rateFigures(node, request.budgets),
    diverted: meters.diverted.total,
    refused: meters.refused.total,
    duplicates: meters.duplicates.total,
    leasesLost: meters.leasesLost.total,
    discarded: { ...node.discarded },
    deadLetters: request.deadLetters,
    redriving: request.redriving,
    busy: node.busy + node.called,
    workers: node.workers,
    workersMax: node.plan.workers,
    working: meters.working.percentiles(),
    breaker: node.breaker?.state() ?? 'none',
    state: stateOf(request.state, node, running),
    heldBy: node.hold?.by ?? null,
    lastError: node.lastError ?? null,
  };
}

function stateOf(
  pipeline: PipelineFigures['state'],
  node: RunningNode,
  running: 'running' | 'held' | 'failing',
): NodeFigures['state'] {
  if (pipeline === 'running') return running;
  // Its intake is closed.
  if (pipeline === 'draining') return node.plan.definition.role === 'source' ? 'paused' : running;
  return pipeline === 'paused' ? 'paused' : 'stopped';
}

function sumOf<Thing>(things: Iterable<Thing>, figure: (thing: Thing) => number): number {
  let sum = 0;
  for (const thing of things) sum += figure(thing);
  return sum;
}
