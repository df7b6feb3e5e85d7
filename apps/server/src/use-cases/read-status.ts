import type { StoredDeployment } from '@sluice/database';
import { type Backlog, storedWires } from '@sluice/engine';
import type { PipelineDocument, WireDocument } from '@sluice/pipeline';
import type { NodeStatus, PipelineStatus, RemovedWireStatus, WireStatus } from '@sluice/protocol';
import type { ServerParts } from './server-parts.ts';

/** Figures of a deployment: from the engine while it is in operation, else from what stands on its wires. */
export async function readStatus(
  parts: ServerParts,
  deployment: StoredDeployment,
): Promise<PipelineStatus | undefined> {
  const figures = await parts.engine.figures(deployment.pipelineId);
  return figures ?? standingStill(parts, deployment);
}

/** A stopped or failed pipeline works on nothing, but its queues keep their messages, and people want to see how many. */
async function standingStill(parts: ServerParts, deployment: StoredDeployment): Promise<PipelineStatus | undefined> {
  const { pipelineId } = deployment;
  const version = await parts.versions.find(pipelineId, deployment.version);
  if (version === undefined) return undefined;
  const { document } = version;
  const at = Date.now();
  const failure = deployment.state === 'stopped' ? undefined : parts.failures.get(pipelineId);
  const dead = await parts.store.deadLetterCounts(pipelineId);
  const wires = await Promise.all(document.wires.map((wire) => wireAtRest(parts, { document, pipelineId, wire, at })));
  const removedWires = await leftBehind(parts, { document, pipelineId, at });
  const ages = [...wires, ...removedWires].map((wire) => wire.oldestAgeMs).filter((age) => age !== null);
  return {
    pipelineId,
    name: document.name,
    version: deployment.version,
    state: failure === undefined ? 'stopped' : 'failed',
    at,
    verdict: {
      kind: 'stopped',
      text: failure === undefined ? 'Stopped: queues keep their messages' : `Cannot run: ${failure}`,
      nodeId: null,
      since: failure === undefined ? deployment.updatedAt.getTime() : null,
    },
    totals: {
      depth: [...wires, ...removedWires].reduce((sum, wire) => sum + wire.depth, 0),
      inFlight: 0,
      oldestAgeMs: ages.length === 0 ? null : Math.max(...ages),
      deadLetters: Object.values(dead).reduce((sum, count) => sum + count, 0),
      rateIn: 0,
      rateOut: 0,
    },
    nodes: Object.fromEntries(document.nodes.map((node) => [node.id, nodeAtRest(node.id, dead[node.id] ?? 0)])),
    wires: Object.fromEntries(wires.map((wire) => [wire.id, wire])),
    removedWires,
    limits: null,
    drain: null,
  };
}

/** What earlier versions left. What was decided about it goes on when the pipeline runs again. */
async function leftBehind(
  parts: ServerParts,
  o: { readonly document: PipelineDocument; readonly pipelineId: string; readonly at: number },
): Promise<readonly RemovedWireStatus[]> {
  const left: RemovedWireStatus[] = [];
  for (const [id, sources] of await storedWires(o.pipelineId, parts.store)) {
    const stays = o.document.wires.some((wire) => wire.id === id && (wire.delivery !== 'push' || spills(wire)));
    if (stays || o.document.nodes.some((node) => node.id === id.split('.')[0])) continue;
    const backlogs = await Promise.all(sources.map((source) => parts.store.backlog(source)));
    const depth = backlogs.reduce((sum, { messages }) => sum + messages, 0);
    if (depth === 0) continue;
    const oldest = Math.min(...backlogs.map(({ oldestEnqueuedAt }) => oldestEnqueuedAt ?? o.at));
    left.push({
      id,
      nodeId: id,
      version: null,
      fate: 'keep',
      moveTo: null,
      depth,
      inFlight: 0,
      delayed: backlogs.reduce((sum, { delayed }) => sum + delayed, 0),
      oldestAgeMs: Math.max(0, o.at - oldest),
      since: o.at,
      problem: 'the pipeline is not in operation',
    });
  }
  return left;
}

const EMPTY: Backlog = { messages: 0, bytes: 0, inHand: 0, delayed: 0 };

async function wireAtRest(
  parts: ServerParts,
  o: {
    readonly document: PipelineDocument;
    readonly pipelineId: string;
    readonly wire: WireDocument;
    readonly at: number;
  },
): Promise<WireStatus> {
  const { wire, at } = o;
  const backlog = await backlogOf(parts, o);
  return {
    id: wire.id,
    delivery: wire.delivery,
    depth: backlog.messages,
    capacity: wire.delivery === 'pull' ? (wire.queue?.capacity ?? null) : null,
    bytes: backlog.bytes,
    inFlight: 0,
    delayed: backlog.delayed,
    oldestAgeMs: backlog.oldestEnqueuedAt === undefined ? null : Math.max(0, at - backlog.oldestEnqueuedAt),
    rateIn: 0,
    rateOut: 0,
    waiting: null,
    retries: 0,
    shed: 0,
    late: 0,
    spilled: spills(wire) ? backlog.messages : null,
    saturation: 0,
    state: 'open',
    fullSince: null,
    retained: null,
    replay: null,
  };
}

async function backlogOf(
  parts: ServerParts,
  { pipelineId, wire }: { readonly pipelineId: string; readonly wire: WireDocument },
): Promise<Backlog> {
  const id = `${pipelineId}/${wire.id}`;
  if (wire.delivery === 'push') return spills(wire) ? parts.store.backlog({ queue: `${id}.spill` }) : EMPTY;
  if (wire.delivery === 'pull') return parts.store.backlog({ queue: id });
  const group = (await parts.store.groups(id)).find((candidate) => candidate.group === id);
  return group === undefined ? EMPTY : parts.store.backlog(group);
}

function spills(wire: WireDocument): boolean {
  return wire.delivery === 'push' && wire.call?.overflow === 'spill';
}

function nodeAtRest(id: string, deadLetters: number): NodeStatus {
  return {
    id,
    rateIn: 0,
    rateOut: 0,
    rateFailed: 0,
    completed: 0,
    failed: 0,
    retries: 0,
    retriesDeferred: 0,
    rateLimit: null,
    diverted: 0,
    refused: 0,
    duplicates: 0,
    leasesLost: 0,
    discarded: { debounced: 0, 'singleton-skipped': 0, 'singleton-cancelled': 0 },
    deadLetters,
    redriving: 0,
    busy: 0,
    workers: 0,
    workersMax: 0,
    working: null,
    breaker: 'none',
    state: 'stopped',
    heldBy: null,
    lastError: null,
  };
}
