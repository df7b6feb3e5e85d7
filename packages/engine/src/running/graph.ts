import type { RestartPlan } from '@sluice/pipeline';
import type { Breaker } from '../delivery/breaker.ts';
import type { CallGate } from '../delivery/call-gate.ts';
import type { Allowance } from '../delivery/budgets.ts';
import type { Room, RoomBounds } from '../delivery/room.ts';
import type { DeadLetterShelf } from '../limits/dead-letter-shelf.ts';
import type { NodePlan } from '../plan/node-plan.ts';
import type { LogPlan, PullWirePlan, PushWirePlan, EventWirePlan } from '../plan/wire-plan.ts';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { Replay } from '../operations/operations-interface.ts';
import type { PreparedNode } from '../ports/node-behaviour.ts';
import type { Admission } from '../worker/admission/admission.ts';
import type { DiscardReason } from '../worker/admission/verb.ts';
import type { Feed } from '../worker/feed.ts';
import type { NodeMeters, WireMeters } from './meters.ts';
import type { RunningParts } from './parts.ts';
import { createRunningNode } from './running-node.ts';
import { adoptWirePlan, createRunningWire, createWireRoom } from './running-wire.ts';

/**
 * A node in operation: its plan, what it does, and how it is doing. A new version that leaves it alone takes it over as
 * it is, with all that it has counted and learnt; only its plan is replaced, for the title.
 */
export interface RunningNode {
  plan: NodePlan;
  readonly prepared: PreparedNode;
  readonly meters: NodeMeters;
  readonly breaker: Breaker | undefined;
  readonly rateLimit: Allowance['rateLimit'];
  readonly keyedLimit: Allowance['keyedLimit'];
  readonly retryBudget: Allowance['retryBudget'];
  /** When the retry budget last put a retry off; monotonic ms. */
  retryDeferredAt: number | undefined;
  /** Those at work for it. */
  readonly feeds: Feed[];
  /** Its verbs of flow control; absent where it has none. */
  readonly admission: Admission | undefined;
  /** Messages that were taken from its wires without being worked on, by reason. */
  readonly discarded: Record<DiscardReason, number>;
  /** How many it has now: as planned, or as the backlog asks for. */
  workers: number;
  /** Where their number follows the backlog: since when some have had nothing to do; monotonic ms. */
  idleSinceMs: number | undefined;
  /** Workers that feeds hold. Push calls are bounded by their wire instead. */
  busy: number;
  /** Those that are at work now, and the most at once since someone last looked. */
  working: number;
  busiest: number;
  /** Push calls under way. */
  called: number;
  /** The target asked for rest until then; monotonic ms. */
  restUntil: number;
  /** Why its feeds or its source stand still, or `undefined`. */
  hold: Hold | undefined;
  /** All workers have been busy since; wall ms. */
  saturatedSince: number | undefined;
  lastError: { readonly code: string; readonly message: string; readonly at: number } | undefined;
  lastSuccessAt: number;
}

/** Why work does not start: a wire without room, a call line that is full, no rate left, an open breaker, a target that asked for rest. */
export interface Hold {
  readonly by: string;
  readonly text: string;
  readonly since: number;
  /** True: its places are taken, so a caller has to slow down. False: its target is away. */
  readonly full: boolean;
  /** Worth asking again after this; `undefined`: someone will call. */
  readonly waitMs: number | undefined;
}

export interface RunningPushWire {
  plan: PushWirePlan;
  readonly meters: WireMeters;
  readonly gate: CallGate;
  /** Its queue for calls that find no place; present with `overflow: spill`. */
  readonly spill: RunningPullWire | undefined;
}
/** Its room is that of its queue: another version's wire of this id has the same. */
export interface RunningPullWire {
  plan: PullWirePlan;
  readonly meters: WireMeters;
  readonly room: Room;
}
interface RunningEventWire {
  plan: EventWirePlan;
  readonly meters: WireMeters;
  /** The last replay that was asked for; it goes on while the group has replayed messages before it. */
  replay?: Replay | undefined;
}
export type RunningWire = RunningPushWire | RunningPullWire | RunningEventWire;

/** The queue of a wire: its own, or that of a push wire for what found no place. */
export function queueOf(wire: RunningWire | undefined): RunningPullWire | undefined {
  if (wire === undefined) return undefined;
  return 'room' in wire ? wire : 'gate' in wire ? wire.spill : undefined;
}

interface RunningLog {
  plan: LogPlan;
  readonly room: Room;
  /** What the store really has. */
  readonly partitions: number;
  /** Wires that read it. */
  wires: readonly string[];
}

export interface RunningGraph {
  readonly plan: PipelinePlan;
  readonly nodes: ReadonlyMap<string, RunningNode>;
  readonly wires: ReadonlyMap<string, RunningWire>;
  /** By log id. */
  readonly logs: ReadonlyMap<string, RunningLog>;
  /** Partitions of every topic that its nodes publish to, by log id. */
  readonly topics: ReadonlyMap<string, number>;
  readonly shelf: DeadLetterShelf;
}

/** What a graph needs of the pipeline that it belongs to. */
export interface Surroundings {
  readonly parts: RunningParts;
  /** Dead letters of the pipeline, whatever its version. */
  readonly shelf: DeadLetterShelf;
  /** Something that held work may have gone. */
  readonly wake: () => void;
}

/** What runs now, and what a new version does to it. */
export interface Predecessor {
  readonly graph: RunningGraph;
  readonly restart: RestartPlan;
}

/**
 * Puts the parts of a version in operation together. What the version before has that runs on unchanged is shared
 * between both graphs: units of work that began before it came end on the old graph, and still count in the same places.
 * Nothing of what is shared is changed before `adoptPlans`.
 */
export function createGraph(request: {
  readonly plan: PipelinePlan;
  readonly prepared: ReadonlyMap<string, PreparedNode>;
  readonly partitions: ReadonlyMap<string, number>;
  readonly surroundings: Surroundings;
  readonly predecessor?: Predecessor | undefined;
}): RunningGraph {
  const { plan, surroundings, predecessor } = request;
  const nodes = new Map<string, RunningNode>();
  for (const node of plan.nodes.values()) {
    const prepared = request.prepared.get(node.id);
    if (prepared === undefined) continue;
    const before = predecessor?.graph.nodes.get(node.id);
    const goesOn = before?.prepared === prepared && !isTouched(node.id, predecessor?.restart);
    nodes.set(
      node.id,
      before !== undefined && goesOn
        ? before
        : createRunningNode({ plan: node, prepared, pipelineId: plan.pipelineId, surroundings, before }),
    );
  }

  const wires = new Map<string, RunningWire>();
  for (const wire of plan.wires) {
    const before = predecessor?.graph.wires.get(wire.id);
    wires.set(wire.id, createRunningWire({ plan: wire, pipelineId: plan.pipelineId, surroundings, before }));
  }

  const logs = new Map<string, RunningLog>();
  for (const log of plan.logs) {
    const readers = plan.wires.flatMap((wire) => (wire.delivery === 'event' && wire.log === log.log ? [wire.id] : []));
    const before = predecessor?.graph.logs.get(log.log);
    logs.set(
      log.log,
      before ?? {
        plan: log,
        partitions: request.partitions.get(log.log) ?? log.partitions,
        wires: readers,
        room: createWireRoom({
          pipelineId: plan.pipelineId,
          wires: () => logs.get(log.log)?.wires ?? readers,
          bounds: boundsOf(log),
          surroundings,
        }),
      },
    );
  }
  const topics = new Map<string, number>();
  for (const node of request.prepared.values()) {
    if (node.kind !== 'work') continue;
    for (const topic of node.topics ?? []) topics.set(topicLog(topic), request.partitions.get(topicLog(topic)) ?? 1);
  }
  return { plan, nodes, wires, logs, topics, shelf: surroundings.shelf };
}

function isTouched(nodeId: string, restart: RestartPlan | undefined): boolean {
  return restart === undefined || restart.changed.has(nodeId) || restart.rewired.has(nodeId);
}

/** From now on what this graph shares with others obeys the plans of this one. */
export function adoptPlans({ plan, nodes, wires, logs }: RunningGraph): void {
  for (const node of nodes.values()) node.plan = plan.nodes.get(node.plan.id) ?? node.plan;
  for (const planned of plan.wires) adoptWirePlan(wires.get(planned.id), planned);
  for (const planned of plan.logs) {
    const log = logs.get(planned.log);
    if (log === undefined) continue;
    log.plan = planned;
    log.wires = plan.wires.flatMap((wire) => (wire.delivery === 'event' && wire.log === planned.log ? [wire.id] : []));
    log.room.resize(boundsOf(planned));
  }
}

/** What no group has read fills a log up by its bytes alone. */
function boundsOf({ retention, lowWater }: LogPlan): RoomBounds {
  return { capacity: undefined, capacityBytes: retention.bytes, lowWater };
}

/** Id of a topic's log. */
export function topicLog(topic: string): string {
  return `topic/${topic}`;
}
