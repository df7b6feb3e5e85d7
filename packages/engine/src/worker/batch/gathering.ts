import type { BatchPlan } from '../../plan/node-plan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Held } from '../heartbeat.ts';
import { batchKey } from './as-batch.ts';
import { payloadBytes } from './payload-bytes.ts';

interface Forming {
  readonly key: string | undefined;
  readonly members: Held[];
  readonly bytes: number;
  readonly dueAtMs: number;
}

/**
 * Messages in hand that wait for others. A batch is complete when it has `size` members, when the next one would take it
 * above `bytes` (a member that is larger goes alone), or when its first has waited for `waitMs`.
 */
export interface Gathering {
  /** Adds a message; answers the batches that are complete by that. */
  add(held: Held): readonly (readonly Held[])[];
  /** Takes the batches whose wait is over. */
  takeDue(): readonly (readonly Held[])[];
  /** Takes the batch that has waited longest, before its time. */
  takeOldest(): readonly Held[] | undefined;
  /** Takes all that is gathered. */
  takeAll(): readonly Held[];
  /** Until the next batch is complete by time; `undefined` when nothing is gathered. */
  dueInMs(): number | undefined;
  size(): number;
}

export function createGathering(plan: BatchPlan, clock: Clock): Gathering {
  /** By key, in the order in which they began. */
  const forming = new Map<string | undefined, Forming>();
  let size = 0;

  const take = (batch: Forming): readonly Held[] => {
    forming.delete(batch.key);
    size -= batch.members.length;
    return batch.members;
  };

  return {
    add(held) {
      const complete: (readonly Held[])[] = [];
      const { message } = held.lease;
      const key = batchKey(message, plan);
      const bytes = payloadBytes(message.payload);
      let batch = forming.get(key);
      if (batch !== undefined && batch.bytes + bytes > plan.bytes) {
        complete.push(take(batch));
        batch = undefined;
      }
      const members = batch?.members ?? [];
      members.push(held);
      size += 1;
      const next = {
        key,
        members,
        bytes: (batch?.bytes ?? 0) + bytes,
        dueAtMs: batch?.dueAtMs ?? clock.monotonicMs() + plan.waitMs,
      };
      forming.set(key, next);
      if (members.length >= plan.size || next.bytes >= plan.bytes) complete.push(take(next));
      return complete;
    },
    takeDue() {
      const now = clock.monotonicMs();
      const due = [...forming.values()].filter(({ dueAtMs }) => dueAtMs <= now);
      return due.map(take);
    },
    takeOldest() {
      for (const batch of forming.values()) return take(batch);
      return undefined;
    },
    takeAll: () => [...forming.values()].flatMap(take),
    dueInMs() {
      for (const { dueAtMs } of forming.values()) return Math.max(0, dueAtMs - clock.monotonicMs());
      return undefined;
    },
    size: () => size,
  };
}
