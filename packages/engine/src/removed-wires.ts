import { appendTo, publishTo } from './delivery/store-on-wire.ts';
import { hasRedriveQueue, placeOfRedriveQueue } from './operations/redrive-queue.ts';
import type { StoredMessage } from './message.ts';
import type { EventWirePlan, PullWirePlan } from './plan/wire-plan.ts';
import type { PipelinePlan } from './plan/plan-pipeline.ts';
import type { LeaseSource, MessageStore, StoreOperation } from './ports/message-store.ts';
import type { RunningParts } from './running/parts.ts';
import { topicLog } from './running/graph.ts';
import { deadLetterOperations, letterOf, type LetterCause } from './worker/settle.ts';

/** A queue or group in the store that a plan no longer reads, with what it still holds. */
export interface RemovedWire {
  readonly wireId: string;
  /** The wire of this id in the new plan, where it keeps messages in another way and can take these over. */
  readonly successor: PullWirePlan | EventWirePlan | undefined;
  readonly messages: number;
  readonly sources: readonly LeaseSource[];
  readonly queue?: string;
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
    const place = placeOfRedriveQueue(plan.pipelineId, queue);
    if (queues.has(queue) || (place !== undefined && hasRedriveQueue(plan, place))) continue;
    const { messages } = await store.backlog({ queue });
    const wireId = place ?? queue.slice(prefix.length);
    removed.push({
      wireId,
      // What was redriven on a log's wire is no news to the log: only a queue takes it over.
      successor: successorOf(plan, wireId, place === undefined ? 'event' : 'pull'),
      messages,
      queue,
      sources: [{ kind: 'queue', queue }],
    });
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
    const wireId = group.slice(prefix.length);
    removed.push({ wireId, successor: successorOf(plan, wireId, 'pull'), messages, sources, group: { log, group } });
  }
  return removed;
}

/**
 * A wire that changes between pull and event takes its messages along. Into a log only where no other wire reads it:
 * the others have had these messages already.
 */
function successorOf(plan: PipelinePlan, wireId: string, delivery: 'pull' | 'event'): RemovedWire['successor'] {
  const wire = plan.wires.find((candidate) => candidate.id === wireId);
  if (wire?.delivery !== delivery) return undefined;
  if (wire.delivery === 'pull') return wire;
  const readers = plan.wires.filter((other) => other.delivery === 'event' && other.log === wire.log);
  return readers.length === 1 ? wire : undefined;
}

/** Moves everything that removed wires hold to their successors, or to dead letter, then forgets their groups. */
export async function emptyRemovedWires(request: {
  readonly removed: readonly RemovedWire[];
  readonly plan: PipelinePlan;
  readonly parts: RunningParts;
  /** The node that read the wire before; its dead letters are counted there. */
  readonly consumerOf: (wireId: string) => string;
}): Promise<void> {
  const { plan, parts } = request;
  for (const wire of request.removed) {
    const moveOn = await mover({ wire, plan, parts });
    const emptying = { wire, plan, parts, moveOn, consumer: request.consumerOf(wire.wireId) };
    for (const source of wire.sources) await emptyReady(emptying, source);
    await emptyDelayed(emptying);
  }
}

interface Emptying {
  readonly wire: RemovedWire;
  readonly plan: PipelinePlan;
  readonly parts: RunningParts;
  readonly consumer: string;
  /** Puts a message on the wire's successor; absent where there is none. */
  readonly moveOn: ((message: StoredMessage) => StoreOperation) | undefined;
}

/** Moved messages may stand above the new wire's capacity: it is then full until they have drained. */
const NO_LIMIT = { messages: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER } as const;

async function mover(request: Pick<Emptying, 'wire' | 'plan' | 'parts'>): Promise<Emptying['moveOn']> {
  const { plan, parts } = request;
  const { successor } = request.wire;
  if (successor === undefined) return undefined;
  if (successor.delivery === 'pull') return (message) => appendTo(successor, message, NO_LIMIT);
  const log = plan.logs.find((candidate) => candidate.log === successor.log);
  if (log === undefined) return undefined;
  const { partitions } = await parts.store.declareLog({ log: log.log, partitions: log.partitions });
  // From here on: what the log may hold of an earlier life, this wire has had.
  await parts.store.declareGroup({ log: log.log, group: successor.group, startFrom: 'latest' });
  return (message) => publishTo(log, partitions, message, NO_LIMIT);
}

async function emptyReady(emptying: Emptying, source: LeaseSource): Promise<void> {
  const { moveOn } = emptying;
  const { store } = emptying.parts;
  for (;;) {
    const { leases } = await store.lease({ source, max: BATCH, leaseMs: LEASE_MS });
    if (leases.length === 0) return;
    for (const lease of leases) {
      const { attempt, ...message } = lease.message;
      await emptying.parts.commit(
        moveOn === undefined
          ? deadLetterOperations({ ...causeOf(emptying, attempt), lease })
          : [{ op: 'ack', lease }, moveOn(message)],
      );
    }
  }
}

/** What waits for its retry is handed out to nobody: it is moved or recorded first, then removed. A crash in between does it again. */
async function emptyDelayed(emptying: Emptying): Promise<void> {
  const { wire, parts, moveOn } = emptying;
  const { group, queue = '' } = wire;
  const source = group ?? { queue };
  for (let after: Parameters<MessageStore['peek']>[0]['after']; ;) {
    const messages = await parts.store.peek({ source, limit: BATCH, ...(after === undefined ? {} : { after }) });
    const last = messages.at(-1);
    if (last === undefined) break;
    after = { position: last.position, ...(last.partition === undefined ? {} : { partition: last.partition }) };
    await parts.commit(
      messages.map(
        ({ message, position, partition, attempts, lastFailure }) =>
          moveOn?.(message) ?? {
            op: 'dead-letter',
            letter: letterOf({
              ...causeOf(emptying, attempts),
              position,
              partition,
              message,
              attempts,
              history: lastFailure === undefined ? [] : [lastFailure],
            }),
          },
      ),
    );
  }
  if (group === undefined) await parts.store.purge(queue);
  else await parts.store.dropGroup(group.log, group.group);
}

function causeOf({ wire, plan, parts, consumer }: Emptying, attempt: number): LetterCause {
  const now = parts.clock.now();
  const [nodeId = consumer, port] = wire.wireId.split('.');
  const stays = plan.wires.some((other) => other.id === wire.wireId && other.delivery === 'push');
  const why = stays
    ? `pushes over wire ${wire.wireId}, which then keeps no messages`
    : `no longer reads what wire ${wire.wireId} held`;
  return {
    pipelineId: plan.pipelineId,
    version: plan.version,
    nodeId: port === undefined ? consumer : nodeId,
    wireId: wire.wireId,
    entry: port === undefined ? undefined : { nodeId, port },
    reason: 'wire-removed',
    failure: { attempt, at: now, code: 'wire-removed', message: `Version ${plan.version} ${why}` },
    now,
  };
}
