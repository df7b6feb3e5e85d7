import { FAILED_PORT } from '@sluice/pipeline';
import type { RateLimit } from '../delivery/rate-limit.ts';
import type { Asker, Room } from '../delivery/room.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hold, RunningGraph, RunningNode, RunningPushWire } from './graph.ts';

/**
 * What one unit of work that begins at a node can touch: the nodes that push wires call from there, the calls'
 * gates, and the durable wires at the end of it all. A unit commits as one, so it starts only when all of them let it.
 */
export interface Reach {
  readonly nodes: readonly RunningNode[];
  readonly gates: readonly RunningPushWire[];
  /** Rate limits that a unit meets over push wires, with the longest that a call waits for them. */
  readonly rates: readonly { readonly by: string; readonly rateLimit: RateLimit; readonly patienceMs: number }[];
  readonly rooms: readonly { readonly by: string; readonly room: Room }[];
  /** Longest time that a unit may take in ms: the timeouts along the chain. */
  readonly longestMs: number;
  /** The wire whose seat for spilled calls each unit takes first. */
  readonly seat?: RunningPushWire;
  /** Present where work comes from outside: what holds that, whatever is behind it. */
  readonly intakeHold?: () => Omit<Hold, 'since'> | undefined;
}

export function reachOf(graph: RunningGraph, start: string): Reach {
  const nodes = new Map<string, RunningNode>();
  const gates = new Map<string, RunningPushWire>();
  const rooms = new Map<string, { by: string; room: Room }>();
  const seen = new Set<string>();

  /**
   * `given`: reached only by what was given up on the way. Who answers for failures may be away or busy: what it stores
   * needs room all the same, but nobody waits for it before work starts.
   */
  const visit = (nodeId: string, given: boolean): number => {
    const node = graph.nodes.get(nodeId);
    const name = `${nodeId} ${given}`;
    if (node === undefined || seen.has(name)) return 0;
    seen.add(name);
    if (!given) nodes.set(nodeId, node);
    let longest = 0;
    let longestGiven = 0;
    for (const [port, wires] of node.plan.outputs) {
      const givenUp = given || port === FAILED_PORT.name;
      for (const planned of wires) {
        const wire = graph.wires.get(planned.id);
        if (wire === undefined) continue;
        if ('gate' in wire) {
          if (!givenUp) gates.set(planned.id, wire);
          const below = visit(planned.to, givenUp);
          const callMs = Math.max(wire.plan.deadlineMs, below);
          if (port === FAILED_PORT.name) longestGiven = Math.max(longestGiven, callMs);
          else longest = Math.max(longest, callMs);
        } else if ('room' in wire) {
          rooms.set(planned.id, { by: planned.id, room: wire.room });
        } else {
          const log = graph.logs.get(wire.plan.log);
          if (log !== undefined) rooms.set(wire.plan.log, { by: planned.id, room: log.room });
        }
      }
    }
    return node.plan.timeoutMs + longest + longestGiven;
  };

  const longestMs = visit(start, false);
  const rates = [...gates.values()].flatMap(({ plan }) => {
    const rateLimit = nodes.get(plan.to)?.rateLimit;
    return rateLimit === undefined ? [] : [{ by: plan.id, rateLimit, patienceMs: plan.deadlineMs * RATE_PATIENCE }];
  });
  return {
    nodes: [...nodes.values()],
    rates,
    gates: [...gates.values()],
    rooms: [...rooms.values()],
    longestMs,
  };
}

/** A call that was spilled waits so long for its place, whatever the deadline of its wire: nobody stands at the other end. */
export const SPILLED_WAIT_MS = 600_000;

/** What a unit can touch that begins with a call that was spilled. */
export function reachOver(reach: Reach, wire: RunningPushWire): Reach {
  return { ...reach, seat: wire, longestMs: SPILLED_WAIT_MS + Math.max(wire.plan.deadlineMs, reach.longestMs) };
}

/** Share of a call's time that may go into waiting for the rate limit: the rest is for the call. */
export const RATE_PATIENCE = 0.5;

/** The first thing that keeps a unit from starting, or `undefined` when it may start. */
export function holdOf(reach: Reach, clock: Clock, asker: Asker): Omit<Hold, 'since'> | undefined {
  const outside = reach.intakeHold?.();
  if (outside !== undefined) return outside;
  for (const { by, room } of reach.rooms) {
    if (!room.isOpen(asker)) return { by, text: `wire ${by} has no room`, full: true, waitMs: undefined };
  }
  for (const node of reach.nodes) {
    const restMs = node.restUntil - clock.monotonicMs();
    if (restMs > 0)
      return { by: node.plan.id, text: `the target of ${node.plan.title} asked for rest`, full: false, waitMs: restMs };
    const waitMs = node.breaker?.waitMs() ?? 0;
    if (waitMs > 0) {
      return {
        by: node.plan.id,
        text: `the breaker of ${node.plan.title} is open`,
        full: false,
        waitMs: Number.isFinite(waitMs) ? waitMs : undefined,
      };
    }
  }
  const { seat } = reach;
  if (seat !== undefined && !seat.gate.hasSeat()) {
    return { by: seat.plan.id, text: `wire ${seat.plan.id} has no place yet`, full: true, waitMs: undefined };
  }
  for (const wire of reach.gates) {
    if (mayCall(wire, asker)) continue;
    return { by: wire.plan.id, text: `wire ${wire.plan.id} has no place in line`, full: true, waitMs: undefined };
  }
  // A call that could not get its token before its deadline would be refused at once, again and again.
  for (const { by, rateLimit, patienceMs } of reach.rates) {
    const tokenMs = rateLimit.waitMs();
    if (tokenMs > patienceMs)
      return { by, text: `the rate behind wire ${by} is used up`, full: true, waitMs: tokenMs - patienceMs };
  }
  return undefined;
}

/** Whether a call may find a place. Where priorities decide, only the call itself can find out. */
function mayCall({ plan, gate, spill }: RunningPushWire, asker: Asker): boolean {
  if (gate.places() > 0) return true;
  return spill === undefined ? plan.overflow === 'shed' && asker === 'caller' : spill.room.isOpen(asker);
}

/** Units that may be started at once, as far as rooms, call lines and seats are concerned. */
export function startable(reach: Reach): number {
  let most = callPlaces(reach);
  for (const { room } of reach.rooms) most = Math.min(most, room.left());
  if (reach.seat !== undefined) most = Math.min(most, reach.seat.gate.hasSeat() ? 1 : 0);
  return most;
}

/** Calls that would find a place, in line or on disk. */
export function callPlaces({ gates }: Pick<Reach, 'gates'>): number {
  let most = Number.POSITIVE_INFINITY;
  for (const { gate, spill } of gates) most = Math.min(most, gate.places() + (spill?.room.left() ?? 0));
  return most;
}

/** The room of the wire that writes to `at`, a queue or log of the store; `undefined` when it lies beyond this reach. */
export function roomAt(reach: Reach, graph: RunningGraph, at: string): Reach['rooms'][number] | undefined {
  for (const { plan, spill } of reach.gates) if (spill?.plan.queue === at) return { by: plan.id, room: spill.room };
  return reach.rooms.find(({ by }) => {
    const plan = graph.wires.get(by)?.plan;
    return plan?.delivery === 'pull' ? plan.queue === at : plan?.delivery === 'event' && plan.log === at;
  });
}
