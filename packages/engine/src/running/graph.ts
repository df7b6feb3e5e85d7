import { createBreaker, type Breaker } from '../delivery/breaker.ts';
import { createCallGate, type CallGate } from '../delivery/call-gate.ts';
import { createRateLimit, type RateLimit } from '../delivery/rate-limit.ts';
import { createRoom, type Room } from '../delivery/room.ts';
import type { NodePlan } from '../plan/node-plan.ts';
import type { LogPlan, PullWirePlan, PushWirePlan, EventWirePlan } from '../plan/wire-plan.ts';
import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { Replay } from '../operations/operations-interface.ts';
import type { PreparedNode } from '../ports/node-behaviour.ts';
import { createNodeMeters, createWireMeters, type NodeMeters, type WireMeters } from './meters.ts';
import type { RunningParts } from './parts.ts';

/** A node in operation: its plan, what it does, and how it is doing. */
export interface RunningNode {
  readonly plan: NodePlan;
  readonly prepared: PreparedNode;
  readonly meters: NodeMeters;
  readonly breaker: Breaker | undefined;
  readonly rateLimit: RateLimit | undefined;
  /** Workers that feeds hold. Push calls are bounded by their wire instead. */
  busy: number;
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
  readonly plan: PushWirePlan;
  readonly meters: WireMeters;
  readonly gate: CallGate;
}
interface RunningPullWire {
  readonly plan: PullWirePlan;
  readonly meters: WireMeters;
  readonly room: Room;
}
interface RunningEventWire {
  readonly plan: EventWirePlan;
  readonly meters: WireMeters;
  /** The last replay that was asked for; it goes on while the group has replayed messages before it. */
  replay?: Replay | undefined;
}
export type RunningWire = RunningPushWire | RunningPullWire | RunningEventWire;

interface RunningLog {
  readonly plan: LogPlan;
  readonly room: Room;
  /** What the store really has. */
  readonly partitions: number;
  readonly wires: readonly string[];
}

export interface RunningGraph {
  readonly plan: PipelinePlan;
  readonly nodes: ReadonlyMap<string, RunningNode>;
  readonly wires: ReadonlyMap<string, RunningWire>;
  /** By log id. */
  readonly logs: ReadonlyMap<string, RunningLog>;
  /** Partitions of every topic that its nodes publish to, by log id. */
  readonly topics: ReadonlyMap<string, number>;
}

/** Puts the parts of a pipeline in operation together. `wake` is called when something that held work may have gone. */
export function createGraph(request: {
  readonly plan: PipelinePlan;
  readonly prepared: ReadonlyMap<string, PreparedNode>;
  readonly partitions: ReadonlyMap<string, number>;
  readonly parts: RunningParts;
  readonly wake: () => void;
}): RunningGraph {
  const { plan, parts, wake } = request;
  const { clock } = parts;
  const pipelineId = plan.pipelineId;

  const nodes = new Map<string, RunningNode>();
  for (const node of plan.nodes.values()) {
    const prepared = request.prepared.get(node.id);
    if (prepared === undefined) continue;
    nodes.set(node.id, {
      plan: node,
      prepared,
      meters: createNodeMeters(clock),
      breaker:
        node.breaker === undefined
          ? undefined
          : createBreaker({
              plan: node.breaker,
              clock,
              random: parts.random,
              onChange: (state) => {
                if (state === 'open')
                  parts.notice({
                    pipelineId,
                    kind: 'breaker-opened',
                    elementId: node.id,
                    text: `Breaker of ${node.title} opened: its target fails`,
                  });
                if (state === 'closed')
                  parts.notice({
                    pipelineId,
                    kind: 'breaker-closed',
                    elementId: node.id,
                    text: `Breaker of ${node.title} closed: its target answers again`,
                  });
                wake();
              },
            }),
      rateLimit: node.rate === undefined ? undefined : createRateLimit(node.rate.perSecond, clock),
      busy: 0,
      called: 0,
      restUntil: 0,
      hold: undefined,
      saturatedSince: undefined,
      lastError: undefined,
      lastSuccessAt: 0,
    });
  }

  const roomChanged = (wireIds: readonly string[]) => (state: 'open' | 'full') => {
    for (const wireId of wireIds) {
      if (state === 'full')
        parts.notice({
          pipelineId,
          kind: 'wire-full',
          elementId: wireId,
          text: `Wire ${wireId} is full: what feeds it has to wait`,
        });
      else parts.notice({ pipelineId, kind: 'wire-open', elementId: wireId, text: `Wire ${wireId} has room again` });
    }
    wake();
  };

  const wires = new Map<string, RunningWire>();
  for (const wire of plan.wires) {
    const meters = createWireMeters(clock);
    if (wire.delivery === 'push') {
      const gate = createCallGate({
        wireId: wire.id,
        concurrency: wire.concurrency,
        line: wire.line,
        overflow: wire.overflow === 'wait' ? 'wait' : 'reject',
        clock,
        onLeave: wake,
      });
      wires.set(wire.id, { plan: wire, meters, gate });
    } else if (wire.delivery === 'pull') {
      const room = createRoom({
        capacity: wire.limit.messages,
        capacityBytes: wire.limit.bytes,
        clock,
        onChange: roomChanged([wire.id]),
        onRoom: wake,
      });
      wires.set(wire.id, { plan: wire, meters, room });
    } else {
      wires.set(wire.id, { plan: wire, meters });
    }
  }

  const logs = new Map<string, RunningLog>();
  for (const log of plan.logs) {
    const readers = plan.wires
      .filter((wire) => wire.delivery === 'event' && wire.log === log.log)
      .map((wire) => wire.id);
    logs.set(log.log, {
      plan: log,
      partitions: request.partitions.get(log.log) ?? log.partitions,
      wires: readers,
      room: createRoom({
        capacity: undefined,
        capacityBytes: log.retention.bytes,
        clock,
        onChange: roomChanged(readers),
        onRoom: wake,
      }),
    });
  }
  const topics = new Map<string, number>();
  for (const node of request.prepared.values()) {
    if (node.kind !== 'work') continue;
    for (const topic of node.topics ?? []) topics.set(topicLog(topic), request.partitions.get(topicLog(topic)) ?? 1);
  }
  return { plan, nodes, wires, logs, topics };
}

/** Id of a topic's log. */
export function topicLog(topic: string): string {
  return `topic/${topic}`;
}
