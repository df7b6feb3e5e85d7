import { createCallGate } from '../delivery/call-gate.ts';
import { createRoom, type Room, type RoomBounds } from '../delivery/room.ts';
import type { PullWirePlan, WirePlan } from '../plan/wire-plan.ts';
import type { RunningPullWire, RunningWire, Surroundings } from './graph.ts';
import { createWireMeters } from './meters.ts';

/**
 * A wire in operation: the one that was there, where it still keeps its messages in the same place, or calls by the same
 * rules; else a new one.
 */
export function createRunningWire(request: {
  readonly plan: WirePlan;
  readonly pipelineId: string;
  readonly surroundings: Surroundings;
  readonly before: RunningWire | undefined;
}): RunningWire {
  const { plan, before, surroundings } = request;
  const { clock } = surroundings.parts;
  if (before !== undefined && isTheSame(before.plan, plan)) return before;
  const meters = createWireMeters(clock);
  if (plan.delivery === 'event') return { plan, meters };
  const keptOn = (queue: PullWirePlan): RunningPullWire => ({
    plan: queue,
    meters: plan.delivery === 'pull' ? meters : createWireMeters(clock),
    room: createWireRoom({
      pipelineId: request.pipelineId,
      wires: () => [plan.id],
      bounds: boundsOf(queue),
      surroundings,
    }),
  });
  if (plan.delivery === 'pull') return keptOn(plan);
  const gate = createCallGate({
    wireId: plan.id,
    concurrency: plan.concurrency,
    line: plan.line,
    overflow: plan.overflow,
    clock,
    calling: () => meters.calling.percentiles(),
    onLeave: surroundings.wake,
  });
  return { plan, meters, gate, spill: plan.spill === undefined ? undefined : keptOn(plan.spill) };
}

function isTheSame(before: WirePlan, plan: WirePlan): boolean {
  if (before.delivery === 'event') return plan.delivery === 'event' && before.log === plan.log;
  if (before.delivery === 'pull') return plan.delivery === 'pull';
  // Plans are plain data, made by one function: their fields come in one order.
  return JSON.stringify(before) === JSON.stringify(plan);
}

/** Gives a wire that was taken over the settings of the new version. */
export function adoptWirePlan(wire: RunningWire | undefined, plan: WirePlan): void {
  if (wire === undefined) return;
  if ('gate' in wire) {
    if (plan.delivery === 'push') wire.plan = plan;
  } else if ('room' in wire) {
    if (plan.delivery !== 'pull') return;
    wire.plan = plan;
    wire.room.resize(boundsOf(plan));
  } else if (plan.delivery === 'event') {
    wire.plan = plan;
  }
}

function boundsOf({ limit, lowWater }: PullWirePlan): RoomBounds {
  return { capacity: limit.messages, capacityBytes: limit.bytes, lowWater };
}

/** Room of a queue or log that tells when it fills up and when it has room again. */
export function createWireRoom(request: {
  readonly pipelineId: string;
  /** Wires that are full with it. */
  readonly wires: () => readonly string[];
  readonly bounds: RoomBounds;
  readonly surroundings: Surroundings;
}): Room {
  const { pipelineId } = request;
  const { parts, wake } = request.surroundings;
  return createRoom({
    ...request.bounds,
    clock: parts.clock,
    onChange: (state) => {
      for (const elementId of request.wires()) {
        if (state === 'full') {
          const text = `Wire ${elementId} is full: what feeds it has to wait`;
          parts.notice({ pipelineId, kind: 'wire-full', elementId, text });
        } else {
          parts.notice({ pipelineId, kind: 'wire-open', elementId, text: `Wire ${elementId} has room again` });
        }
      }
      wake();
    },
    onRoom: wake,
  });
}
