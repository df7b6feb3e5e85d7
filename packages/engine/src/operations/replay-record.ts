import { outputId } from '../delivery/output-id.ts';
import type { Json } from '../message.ts';
import type { Lease } from '../ports/message-store.ts';
import type { RunningWire } from '../running/graph.ts';
import type { Replay } from './operations-interface.ts';

/** Carried by every message of a replay; its value is the replay's id. */
const REPLAY_HEADER = 'sluice-replay';

/** Cursor under which a wire's last replay stands, so that a restart in the midst of it goes on with the same marks. */
export function replayCursor(pipelineId: string, wireId: string): string {
  return `${pipelineId}/${wireId}.replay`;
}

export function writeReplay({ id, startedAt, freshIds }: Replay): Json {
  return { id, startedAt, freshIds };
}

export function readReplay(value: Json | undefined): Replay | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { id, startedAt, freshIds } = value as Readonly<Record<string, Json>>;
  return typeof id === 'string' && typeof startedAt === 'number'
    ? { id, startedAt, freshIds: freshIds === true }
    : undefined;
}

/** The lease as a node is to see it. */
export function asHandedOut(lease: Lease, wire: RunningWire | undefined): Lease {
  if (lease.replayed !== true || wire === undefined || 'room' in wire || 'gate' in wire) return lease;
  return wire.replay === undefined ? lease : asReplayed(lease, wire.replay);
}

/**
 * The lease as a node sees it in a replay: marked, and as old as the replay, or it would be too old to be retried. A fresh
 * id is a function of the message's own and the replay's, so that a redelivery within the replay is recognised.
 */
export function asReplayed(lease: Lease, replay: Replay): Lease {
  const { message } = lease;
  return {
    ...lease,
    message: {
      ...message,
      id: replay.freshIds ? outputId(message.id, REPLAY_HEADER, replay.id) : message.id,
      headers: { ...message.headers, [REPLAY_HEADER]: replay.id },
      enqueuedAt: Math.max(message.enqueuedAt, replay.startedAt),
    },
  };
}
