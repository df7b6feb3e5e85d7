import type { PipelinePlan } from './plan/plan-pipeline.ts';
import type { LeaseSource, MessageStore } from './ports/message-store.ts';
import type { RunningParts } from './running/parts.ts';
import { deadLetterOperations } from './worker/settle.ts';

/** A queue or group in the store that a plan no longer reads, with what it still holds. */
export interface RemovedWire {
  readonly wireId: string;
  readonly messages: number;
  readonly sources: readonly LeaseSource[];
  /** Present for a group: forgotten once it is empty. */
  readonly group?: { readonly log: string; readonly group: string };
}

const BATCH = 100;
const LEASE_MS = 60_000;

/** What the store holds for a pipeline beyond the wires and subscriptions of the plan. */
export async function findRemovedWires(request: {
  readonly plan: PipelinePlan;
  readonly subscribers: ReadonlySet<string>;
  readonly store: MessageStore;
}): Promise<readonly RemovedWire[]> {
  const { plan, store } = request;
  const prefix = `${plan.pipelineId}/`;
  const queues = new Set(plan.wires.flatMap((wire) => (wire.delivery === 'pull' ? [wire.queue] : [])));
  const groups = new Set(plan.wires.flatMap((wire) => (wire.delivery === 'event' ? [wire.group] : [])));
  for (const nodeId of request.subscribers) groups.add(`${prefix}${nodeId}`);

  const removed: RemovedWire[] = [];
  for (const queue of await store.queues(prefix)) {
    if (queues.has(queue)) continue;
    const { messages } = await store.backlog({ queue });
    removed.push({ wireId: queue.slice(prefix.length), messages, sources: [{ kind: 'queue', queue }] });
  }
  for (const { log, group } of await store.groups(prefix)) {
    if (groups.has(group)) continue;
    const { messages } = await store.backlog({ log, group });
    const { partitions } = await store.declareLog({ log, partitions: 1 });
    const sources = Array.from({ length: partitions }, (_, partition) => ({ kind: 'group' as const, log, group, partition }));
    removed.push({ wireId: group.slice(prefix.length), messages, sources, group: { log, group } });
  }
  return removed;
}

/** Moves everything that removed wires hold to dead letter, then forgets their groups. */
export async function emptyRemovedWires(request: {
  readonly removed: readonly RemovedWire[];
  readonly plan: PipelinePlan;
  readonly parts: RunningParts;
}): Promise<void> {
  const { plan, parts } = request;
  for (const wire of request.removed) {
    for (const source of wire.sources) {
      for (;;) {
        const { leases } = await parts.store.lease({ source, max: BATCH, leaseMs: LEASE_MS });
        if (leases.length === 0) break;
        for (const lease of leases) {
          const now = parts.clock.now();
          await parts.commit(
            deadLetterOperations({
              lease,
              pipelineId: plan.pipelineId,
              version: plan.version,
              nodeId: wire.wireId,
              wireId: wire.wireId,
              reason: 'wire-removed',
              failure: { attempt: lease.message.attempt, at: now, code: 'wire-removed', message: `Version ${plan.version} has no wire ${wire.wireId}` },
              now,
            }),
          );
        }
      }
    }
    if (wire.group !== undefined) await parts.store.dropGroup(wire.group.log, wire.group.group);
  }
}
