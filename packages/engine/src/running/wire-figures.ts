import type { WireFigures } from '../engine-interface.ts';
import type { Replay } from '../operations/operations-interface.ts';
import type { Clock } from '../ports/clock.ts';
import type { Backlog, MessageStore } from '../ports/message-store.ts';
import type { QueueLimit } from '../plan/wire-plan.ts';
import type { RunningGraph, RunningPullWire, RunningPushWire, RunningWire } from './graph.ts';

/** The figures of a wire now: what the store holds and what the meters measured. */
export async function wireFigures(request: {
  readonly wire: RunningWire;
  readonly graph: RunningGraph;
  readonly store: MessageStore;
  readonly clock: Clock;
}): Promise<WireFigures> {
  const { wire, graph, store, clock } = request;
  const { meters } = wire;
  const common = {
    id: wire.plan.id,
    rateIn: meters.in.perSecond(),
    rateOut: meters.out.perSecond(),
    waiting: meters.waiting.percentiles(),
    retries: meters.retries.total,
    shed: meters.shed.total,
    late: meters.late.total,
  };
  if ('gate' in wire) return { ...common, ...(await pushFigures(wire, store, clock)) };
  const kept = 'room' in wire ? wire : undefined;
  const source = 'room' in wire ? { queue: wire.plan.queue } : { log: wire.plan.log, group: wire.plan.group };
  const backlog = await store.backlog(source);
  const log = 'room' in wire ? undefined : graph.logs.get(wire.plan.log);
  const fullSince = (kept ?? log)?.room.fullSince();
  return {
    ...common,
    delivery: wire.plan.delivery,
    depth: backlog.messages,
    capacity: kept?.plan.limit.messages ?? null,
    spilled: null,
    bytes: backlog.bytes,
    inFlight: backlog.inHand,
    delayed: backlog.delayed,
    oldestAgeMs: ageOf(backlog, clock),
    saturation:
      kept === undefined
        ? Math.min(
            1,
            (backlog.bytes - (backlog.replayed?.bytes ?? 0)) / (log?.plan.retention.bytes ?? Number.POSITIVE_INFINITY),
          )
        : saturationOf(backlog, kept.plan.limit),
    state: fullSince === undefined ? 'open' : 'full',
    fullSince: fullSince ?? null,
    retained: 'room' in wire ? null : (await store.retained(wire.plan.log)).messages,
    replay: 'room' in wire ? null : replayFigures(wire.replay, backlog),
  };
}

type Common = 'id' | 'rateIn' | 'rateOut' | 'waiting' | 'retries' | 'shed' | 'late';

/** Calls in line, and behind them what was spilled. */
async function pushFigures(
  wire: RunningPushWire,
  store: MessageStore,
  clock: Clock,
): Promise<Omit<WireFigures, Common>> {
  const { plan, gate, spill } = wire;
  const oldest = gate.oldestWaiting();
  const lineAgeMs = oldest === undefined ? null : Math.max(0, clock.monotonicMs() - oldest);
  const line = {
    delivery: 'push' as const,
    depth: gate.waiting(),
    capacity: plan.line,
    inFlight: gate.active(),
    retained: null,
    replay: null,
  };
  if (spill === undefined) {
    return {
      ...line,
      spilled: null,
      bytes: 0,
      delayed: 0,
      oldestAgeMs: lineAgeMs,
      saturation: Math.min(1, (gate.active() + gate.waiting()) / (plan.concurrency + plan.line)),
      state: gate.places() > 0 ? 'open' : 'full',
      fullSince: null,
    };
  }
  return { ...line, ...(await spillFigures({ wire, spill, lineAgeMs, store, clock })) };
}

async function spillFigures(request: {
  readonly wire: RunningPushWire;
  readonly spill: RunningPullWire;
  readonly lineAgeMs: number | null;
  readonly store: MessageStore;
  readonly clock: Clock;
}) {
  const { wire, spill, lineAgeMs } = request;
  const { limit, queue } = spill.plan;
  const backlog = await request.store.backlog({ queue });
  const ages = [lineAgeMs, ageOf(backlog, request.clock)].filter((age) => age !== null);
  const fullSince = spill.room.fullSince();
  return {
    depth: wire.gate.waiting() + backlog.messages,
    capacity: wire.plan.line + limit.messages,
    spilled: backlog.messages,
    bytes: backlog.bytes,
    delayed: backlog.delayed,
    oldestAgeMs: ages.length === 0 ? null : Math.max(...ages),
    saturation: saturationOf(backlog, limit),
    state: wire.gate.places() > 0 || fullSince === undefined ? ('open' as const) : ('full' as const),
    fullSince: fullSince ?? null,
  };
}

function ageOf({ oldestEnqueuedAt }: Backlog, clock: Clock): number | null {
  return oldestEnqueuedAt === undefined ? null : Math.max(0, clock.now() - oldestEnqueuedAt);
}

function saturationOf(backlog: Backlog, limit: QueueLimit): number {
  return Math.min(1, Math.max(backlog.messages / limit.messages, backlog.bytes / limit.bytes));
}

function replayFigures(replay: Replay | undefined, { replayed }: Backlog): WireFigures['replay'] {
  const left = replayed?.messages ?? 0;
  return replay === undefined || left === 0 ? null : { id: replay.id, startedAt: replay.startedAt, left };
}
