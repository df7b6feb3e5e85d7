import type { Remnant, Remnants } from '../removed-wires/remnants.ts';
import { endsOf } from './ends-of.ts';
import { adoptPlans, type RunningGraph } from './graph.ts';
import type { Inlet } from './inlet.ts';
import type { InletSet } from './inlet-set.ts';
import type { Version } from './version.ts';

/** A change of version waits at most this long for work in hand; the rest is given back and done by the new version. */
const HAND_OVER_MS = 30_000;

/**
 * Lets a version take over. In this order: what it does not touch goes on under its graph; what it touches takes nothing
 * more; new inlets start, each when those are over that it follows; when all are over, messages on removed wires are
 * moved or given up, and whoever was to wait for them starts.
 *
 * Resolves when all of that is done. Everything up to the first wait happens at once: no unit of work sees half of it.
 */
export async function handOver(request: {
  readonly next: Version;
  readonly graph: RunningGraph;
  readonly left: readonly Remnant[];
  readonly inlets: InletSet;
  readonly remnants: Remnants;
  /** Whether an inlet is to be at work now. */
  readonly isOn: (inlet: Inlet) => boolean;
}): Promise<void> {
  const { next, graph, left, inlets, remnants } = request;
  adoptPlans(graph);
  const old = inlets.replace(graph, next.restart);
  const drained = new Set(left.flatMap(({ wireId, fate }) => (fate.do === 'drain' ? [wireId] : [])));
  const draining = new Map(old.flatMap((inlet) => (drained.has(inlet.sourceId) ? [[inlet.sourceId, inlet]] : [])));
  const idle = remnants.replace(left, draining);
  const moves = Promise.withResolvers<void>();
  const targets = targetsOf(left, graph);
  const change = inlets.handOver({
    ending: [...old.filter((inlet) => draining.get(inlet.sourceId) !== inlet), ...idle],
    deadlineMs: HAND_OVER_MS,
    isWanted: request.isOn,
    // What is moved keeps its place before everything that comes after it.
    waits: (inlet) => (reads(graph, inlet, targets) || reaches(graph, inlet, targets) ? moves.promise : undefined),
  });
  await change.ended;
  remnants.release();
  await remnants.settle();
  moves.resolve();
  await change.started;
}

/** Queues and logs that messages of removed wires are moved to. */
function targetsOf(left: readonly Remnant[], graph: RunningGraph): ReadonlySet<string> {
  return new Set(
    left.flatMap(({ fate }) => {
      const plan = fate.do === 'move' ? graph.wires.get(fate.to)?.plan : undefined;
      return plan?.delivery === 'pull' ? [plan.queue] : plan?.delivery === 'event' ? [plan.log] : [];
    }),
  );
}

/** It reads a log from where another will have ended. */
function reads(graph: RunningGraph, { sourceId }: Inlet, targets: ReadonlySet<string>): boolean {
  const plan = graph.wires.get(sourceId)?.plan;
  return plan?.delivery === 'event' && targets.has(plan.log);
}

function reaches(graph: RunningGraph, inlet: Inlet, targets: ReadonlySet<string>): boolean {
  return targets.size > 0 && [...endsOf(graph, inlet.node.plan.id)].some((end) => targets.has(end));
}
