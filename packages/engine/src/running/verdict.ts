import type { PipelineFigures } from '../engine-interface.ts';
import { bytesText } from '../limits/bytes-text.ts';
import { SHELF } from '../limits/dead-letter-shelf.ts';
import type { RunningGraph, RunningNode } from './graph.ts';

type Verdict = PipelineFigures['verdict'];

/** Workers that have been busy for so long are what limits the pipeline. */
const SATURATED_MS = 3_000;

/**
 * One sentence on how a pipeline is doing, with its evidence. What stands further downstream comes first: a full wire
 * is the effect of the node behind it.
 */
export function judge(request: {
  readonly graph: RunningGraph;
  readonly state: PipelineFigures['state'];
  readonly totals: PipelineFigures['totals'];
  readonly wires: PipelineFigures['wires'];
  readonly removedWires: PipelineFigures['removedWires'];
  readonly drain: PipelineFigures['drain'];
  readonly limits: PipelineFigures['limits'];
  readonly now: number;
}): Verdict {
  const { drain } = request;
  const verdict = judgeWork(request);
  if (drain === null || (verdict.kind !== 'flowing' && verdict.kind !== 'idle')) return verdict;
  const text = `Draining: ${count(drain.left)} left of ${count(drain.from)}, intake is closed`;
  return { kind: 'flowing', text, nodeId: null, since: drain.since };
}

function judgeWork(request: Parameters<typeof judge>[0]): Verdict {
  const { graph, totals, now } = request;
  if (request.state !== 'running' && request.state !== 'draining') {
    const kind = request.state === 'paused' ? 'paused' : 'stopped';
    const waiting = totals.depth === 0 ? 'nothing waits' : `${count(totals.depth)} waiting`;
    return { kind, text: `${kind === 'paused' ? 'Paused' : 'Stopped'}: ${waiting}`, nodeId: null, since: null };
  }
  const nodes = [...graph.nodes.values()];

  for (const node of nodes) {
    const since = node.breaker?.openSince();
    // Open since an outage that nobody waits for any more: the next message is the probe.
    if (since === undefined || (waitingBefore(node, request) === 0 && node.breaker?.waitMs() === 0)) continue;
    const cause = node.lastError === undefined ? '' : `: ${node.lastError.message}`;
    return {
      kind: 'stuck',
      text: `Stuck: breaker of ${node.plan.title} is ${node.breaker?.state()}, ${count(waitingBefore(node, request))} waiting${cause}`,
      nodeId: node.plan.id,
      since,
    };
  }

  const bound = judgeBounds(request, nodes);
  if (bound !== undefined) return bound;
  const resting = nodes.find((node) => node.hold !== undefined && graph.nodes.has(node.hold.by));
  const limiting = nodes.filter(
    (node) => node.saturatedSince !== undefined && now - node.saturatedSince >= SATURATED_MS && isFed(node, graph),
  );
  const limit = limiting.find((node) => node.hold === undefined) ?? limiting[0];
  if (limit !== undefined) {
    return {
      kind: 'limited',
      text: `Limited by ${limit.plan.title}: ${limit.busy} of ${limit.workers} workers busy${atMost(limit)}, ${count(waitingBefore(limit, request))} waiting`,
      nodeId: limit.plan.id,
      since: limit.saturatedSince ?? null,
    };
  }
  for (const node of nodes) {
    const throttled = judgeRateLimit(node, request);
    if (throttled !== undefined) return throttled;
  }
  const full = Object.values(request.wires).find((wire) => wire.state === 'full');
  if (full !== undefined) {
    const consumer = graph.wires.get(full.id)?.plan.to ?? '';
    const title = graph.nodes.get(consumer)?.plan.title ?? consumer;
    return {
      kind: 'limited',
      text: `Limited by ${title}: wire ${full.id} is full with ${count(full.depth)} waiting`,
      nodeId: consumer,
      since: full.fullSince,
    };
  }
  if (resting?.hold !== undefined) {
    return {
      kind: 'limited',
      text: `Limited by ${resting.hold.by}: ${resting.hold.text}`,
      nodeId: resting.hold.by,
      since: resting.hold.since,
    };
  }
  const delayed = Object.values(request.wires).reduce((sum, wire) => sum + wire.delayed, 0);
  if (delayed > 0 && delayed === totals.depth) {
    const failing = nodes.find((node) => node.lastError !== undefined && node.lastError.at > node.lastSuccessAt);
    return {
      kind: 'limited',
      text: `${count(delayed)} waiting for a retry${failing?.lastError === undefined ? '' : ` at ${failing.plan.title}: ${failing.lastError.message}`}`,
      nodeId: failing?.plan.id ?? null,
      since: failing?.lastError?.at ?? null,
    };
  }
  const kept = request.removedWires.find(({ problem }) => problem !== null);
  if (kept !== undefined) {
    return {
      kind: 'stuck',
      text: `Stuck: ${count(kept.depth)} waiting on ${kept.id}, which this version does not have: ${kept.problem}`,
      nodeId: graph.nodes.has(kept.nodeId) ? kept.nodeId : null,
      since: kept.since,
    };
  }
  const drainsIn = `${drainText(request)}${leftText(request.removedWires)}`;
  if (totals.rateIn > 0 || totals.rateOut > 0 || totals.inFlight > 0) {
    return {
      kind: 'flowing',
      text: `Flowing: ${rate(totals.rateIn)} in, ${rate(totals.rateOut)} out${drainsIn}`,
      nodeId: null,
      since: null,
    };
  }
  return {
    kind: 'idle',
    text: totals.depth === 0 ? 'Idle: nothing waits' : `Idle: ${count(totals.depth)} waiting${drainsIn}`,
    nodeId: null,
    since: null,
  };
}

/** A backlog of more than this many seconds of a node's own rate limit is what that limit has caused. */
const THROTTLED_S = 2;

function judgeRateLimit(
  node: RunningNode,
  request: { readonly graph: RunningGraph; readonly wires: PipelineFigures['wires']; readonly now: number },
): Verdict | undefined {
  const limit = node.rateLimit?.settings().perSecond;
  if (limit === undefined) return undefined;
  const before = [...request.graph.wires.values()].flatMap((wire) => {
    const figures =
      wire.plan.to === node.plan.id && wire.plan.delivery !== 'push' ? request.wires[wire.plan.id] : undefined;
    return figures === undefined ? [] : [figures];
  });
  const waiting = before.reduce((sum, wire) => sum + wire.depth, 0);
  if (waiting <= limit * THROTTLED_S) return undefined;
  const arriving = before.reduce((sum, wire) => sum + wire.rateIn, 0);
  const trend = arriving < limit ? `drains in ${Math.ceil(waiting / (limit - arriving))} s` : 'growing';
  const oldestMs = Math.max(...before.map((wire) => wire.oldestAgeMs ?? 0));
  return {
    kind: 'limited',
    text: `Limited by ${node.plan.title}: rate limit ${rate(limit)}, ${count(waiting)} waiting, ${trend}`,
    nodeId: node.plan.id,
    since: request.now - oldestMs,
  };
}

/** Where their number follows the backlog and has not come to its end. */
function atMost({ workers, plan }: RunningNode): string {
  return workers < plan.workers ? ` (${plan.workers} at most)` : '';
}

/** A node limits only when messages really wait before it. */
function isFed(node: RunningNode, graph: RunningGraph): boolean {
  return [...graph.wires.values()].some((wire) => wire.plan.to === node.plan.id && wire.plan.delivery !== 'push');
}

function waitingBefore(
  node: RunningNode,
  request: { readonly graph: RunningGraph; readonly wires: PipelineFigures['wires'] },
): number {
  let waiting = 0;
  const seen = new Set<string>();
  const add = (nodeId: string): void => {
    if (seen.has(nodeId)) return;
    seen.add(nodeId);
    for (const wire of request.graph.wires.values()) {
      if (wire.plan.to !== nodeId) continue;
      const figures = request.wires[wire.plan.id];
      if (wire.plan.delivery === 'push') add(wire.plan.from);
      waiting += (wire.plan.delivery === 'push' ? figures?.spilled : figures?.depth) ?? 0;
    }
  };
  add(node.plan.id);
  return waiting;
}

function drainText(request: { readonly wires: PipelineFigures['wires'] }): string {
  const deepest = Object.values(request.wires).toSorted((a, b) => b.depth - a.depth)[0];
  if (deepest === undefined || deepest.depth < 100) return '';
  const net = deepest.rateOut - deepest.rateIn;
  return net > 0.5
    ? `, ${count(deepest.depth)} waiting on ${deepest.id} drain in ${Math.ceil(deepest.depth / net)} s`
    : '';
}

/** The pipeline as a whole keeps what it may, or there is no room for what has to be given up. */
function judgeBounds({ limits }: Parameters<typeof judge>[0], nodes: readonly RunningNode[]): Verdict | undefined {
  const limited = (text: string, since: number | null, nodeId: string | null = null): Verdict => ({
    kind: 'limited',
    text: `Limited by ${text}`,
    nodeId,
    since,
  });
  if (limits.isDiskShort) return limited('the disk: it is nearly full, and sources are held', null);
  if (limits.fullSince !== null) {
    const held = `${bytesText(limits.bytes)} of ${bytesText(limits.bytesMax)}`;
    return limited(`the pipeline's own bounds: holds ${held}, and sources are held`, limits.fullSince);
  }
  const waiting = nodes.find(({ hold }) => hold?.by === SHELF);
  if (limits.deadLettersFullSince === null || waiting === undefined) return undefined;
  const kept = `${count(limits.deadLetters)} of ${count(limits.deadLettersMax)} kept, ${bytesText(limits.deadLetterBytes)} of ${bytesText(limits.deadLetterBytesMax)}`;
  return limited(
    `dead letters: ${kept}; ${waiting.plan.title} waits with what it would give up. Redrive or discard some, or raise the limit`,
    limits.deadLettersFullSince,
    waiting.plan.id,
  );
}

/** What earlier versions have left and somebody works off. */
function leftText(removed: PipelineFigures['removedWires']): string {
  const [first, ...more] = removed;
  if (first === undefined) return '';
  const depth = removed.reduce((sum, wire) => sum + wire.depth, 0);
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  return `, ${count(depth)} of an earlier version on ${first.id}${others}`;
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function rate(perSecond: number): string {
  return `${perSecond >= 10 ? Math.round(perSecond) : Math.round(perSecond * 10) / 10}/s`;
}
