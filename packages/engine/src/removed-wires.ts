import type { PipelinePlan } from './plan/plan-pipeline.ts';
import type { LeaseSource, MessageStore } from './ports/message-store.ts';
import type { RunningParts } from './running/parts.ts';
import { topicLog } from './running/graph.ts';
import { deadLetterOperations, letterOf, type LetterCause } from './worker/settle.ts';

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
  /** Topic of each subscribing node. */
  readonly subscribers: ReadonlyMap<string, string>;
  readonly store: MessageStore;
}): Promise<readonly RemovedWire[]> {
  const { plan, store } = request;
  const prefix = `${plan.pipelineId}/`;
  const queues = new Set(plan.wires.flatMap((wire) => (wire.delivery === 'pull' ? [wire.queue] : [])));
  // By log too: a wire or subscriber that now reads elsewhere has left its old log behind.
  const nameOf = ({ log, group }: { readonly log: string; readonly group: string }): string => `${group} of ${log}`;
  const groups = new Set(plan.wires.flatMap((wire) => (wire.delivery === 'event' ? [nameOf(wire)] : [])));
  for (const [nodeId, topic] of request.subscribers)
    groups.add(nameOf({ log: topicLog(topic), group: `${prefix}${nodeId}` }));

  const removed: RemovedWire[] = [];
  for (const queue of await store.queues(prefix)) {
    if (queues.has(queue)) continue;
    const { messages } = await store.backlog({ queue });
    removed.push({ wireId: queue.slice(prefix.length), messages, sources: [{ kind: 'queue', queue }] });
  }
  for (const { log, group } of await store.groups(prefix)) {
    if (groups.has(nameOf({ log, group }))) continue;
    const { messages } = await store.backlog({ log, group });
    const { partitions } = await store.declareLog({ log, partitions: 1 });
    const sources = Array.from({ length: partitions }, (_, partition) => ({
      kind: 'group' as const,
      log,
      group,
      partition,
    }));
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
  for (const wire of request.removed) {
    const emptying = { wire, plan: request.plan, parts: request.parts };
    for (const source of wire.sources) await giveUpReady(emptying, source);
    await giveUpDelayed(emptying);
  }
}

interface Emptying {
  readonly wire: RemovedWire;
  readonly plan: PipelinePlan;
  readonly parts: RunningParts;
}

async function giveUpReady(emptying: Emptying, source: LeaseSource): Promise<void> {
  const { store } = emptying.parts;
  for (;;) {
    const { leases } = await store.lease({ source, max: BATCH, leaseMs: LEASE_MS });
    if (leases.length === 0) return;
    for (const lease of leases) {
      await emptying.parts.commit(deadLetterOperations({ ...causeOf(emptying, lease.message.attempt), lease }));
    }
  }
}

/** What waits for its retry is handed out to nobody: it is recorded first, then removed. A crash in between records it again. */
async function giveUpDelayed(emptying: Emptying): Promise<void> {
  const { wire, parts } = emptying;
  const { group } = wire;
  const queue = `${emptying.plan.pipelineId}/${wire.wireId}`;
  const source = group ?? { queue };
  for (let after: Parameters<MessageStore['peek']>[0]['after']; ;) {
    const messages = await parts.store.peek({ source, limit: BATCH, ...(after === undefined ? {} : { after }) });
    const last = messages.at(-1);
    if (last === undefined) break;
    after = { position: last.position, ...(last.partition === undefined ? {} : { partition: last.partition }) };
    await parts.commit(
      messages.map(({ message, position, partition, attempts, lastFailure }) => ({
        op: 'dead-letter',
        letter: letterOf({
          ...causeOf(emptying, attempts),
          position,
          partition,
          message,
          attempts,
          history: lastFailure === undefined ? [] : [lastFailure],
        }),
      })),
    );
  }
  if (group === undefined) await parts.store.purge(queue);
  else await parts.store.dropGroup(group.log, group.group);
}

function causeOf({ wire, plan, parts }: Emptying, attempt: number): LetterCause {
  const now = parts.clock.now();
  return {
    pipelineId: plan.pipelineId,
    version: plan.version,
    nodeId: wire.wireId,
    wireId: wire.wireId,
    reason: 'wire-removed',
    failure: { attempt, at: now, code: 'wire-removed', message: `Version ${plan.version} has no wire ${wire.wireId}` },
    now,
  };
}
