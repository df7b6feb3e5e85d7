import { appendTo, publishTo } from '../delivery/store-on-wire.ts';
import type { StoredMessage } from '../message.ts';
import type {
  GroupId,
  Lease,
  LeaseSource,
  MessageStore,
  PeekedMessage,
  StoreOperation,
} from '../ports/message-store.ts';
import type { RunningGraph } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import { letterOf, type LetterCause } from '../worker/settle.ts';
import { endOf, withinEnd } from './log-end.ts';
import type { LogShare, WireSource } from './wire-source.ts';

const BATCH = 32;
const LEASE_MS = 60_000;

/** Moved messages may stand above the new wire's capacity: it is then full until they have drained. */
const NO_LIMIT = { messages: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER } as const;

export interface Emptying {
  readonly wireId: string;
  readonly sources: readonly WireSource[];
  /** The node that read the wire; its dead letters are counted there. */
  readonly consumer: string;
  /** Wire of the graph that takes the messages over; absent: they go to dead letter. */
  readonly moveTo: string | undefined;
  /** Of the version that no longer has the wire. */
  readonly graph: RunningGraph;
  readonly parts: RunningParts;
  /** The log goes on for others, and a mark says where the wire's share ends. */
  readonly hasEndMark: boolean;
  /** True when it is to end in the midst of it: the engine stops. */
  readonly isOver: () => boolean;
}

/**
 * Moves everything that a removed wire holds to another one, in order and with its ids, or to dead letter. Nobody may
 * read or fill it any more. It can be called again at any time and goes on where it ended.
 *
 * `empty`: all sources are empty or forgotten. `no-room`: the dead letters are full.
 */
export async function emptyRemovedWire(emptying: Emptying): Promise<'empty' | 'no-room' | 'interrupted'> {
  const take = taking(emptying);
  for (const source of emptying.sources) {
    const heir = heirOf(emptying, source);
    if (heir !== undefined && 'log' in source) {
      await passOnPosition(source, heir, emptying.parts.store);
      continue;
    }
    for (const lane of await lanesOf(source, emptying.parts.store)) {
      const ended = await emptyReady(emptying, take, lane);
      if (ended !== 'empty') return ended;
    }
    const ended = await emptyDelayed(emptying, take, source);
    if (ended !== 'empty') return ended;
  }
  return 'empty';
}

/** The group that is to read the rest of the same log in place of the wire's. */
function heirOf({ moveTo, graph }: Emptying, source: WireSource): GroupId | undefined {
  const plan = moveTo === undefined ? undefined : graph.wires.get(moveTo)?.plan;
  return plan?.delivery === 'event' && 'log' in source && plan.log === source.log ? plan.group : undefined;
}

/** The new reader goes on where the old one ended: nothing is written anew, so order and ids are what they were. */
async function passOnPosition({ log, group }: LogShare, heir: GroupId, store: MessageStore): Promise<void> {
  const { partitions } = await store.declareLog({ log, partitions: 1 });
  for (let partition = 0; partition < partitions; partition += 1) {
    const [head] = await store.peek({ source: { log, group }, limit: 1, after: { partition, position: -1 } });
    if (head?.partition === partition)
      await store.seek({ log, group: heir, partition, to: { position: head.position } });
  }
  await store.dropGroup(log, group);
}

type Ended = Awaited<ReturnType<typeof emptyRemovedWire>>;

async function lanesOf(source: WireSource, store: MessageStore): Promise<readonly LeaseSource[]> {
  if ('queue' in source) return [{ kind: 'queue', queue: source.queue }];
  const { partitions } = await store.declareLog({ log: source.log, partitions: 1 });
  return Array.from({ length: partitions }, (_, partition) => ({ kind: 'group', ...source, partition }));
}

/** What to store in place of messages that leave the wire, and what to count once that is done. */
interface Taking {
  leased(lease: Lease): readonly StoreOperation[];
  waiting(peeked: PeekedMessage, source: WireSource): StoreOperation;
  stored(messages: number): void;
}

function taking(emptying: Emptying): Taking {
  const put = moverOf(emptying);
  if (put !== undefined) {
    return {
      leased(lease) {
        const { attempt: _, ...message } = lease.message;
        return [{ op: 'ack', lease }, put.operation(message)];
      },
      waiting: ({ message }) => put.operation(message),
      stored: put.stored,
    };
  }
  return {
    leased(lease) {
      const { attempt, ...message } = lease.message;
      const { source, position, history } = lease;
      const partition = source.kind === 'group' ? source.partition : undefined;
      const name = source.kind === 'group' ? source.group : source.queue;
      const died = { message, attempts: attempt, position, partition, history };
      return [{ op: 'ack', lease }, deadLetter(emptying, name, died)];
    },
    waiting({ message, position, partition, attempts, lastFailure }, source) {
      const name = 'group' in source ? source.group : source.queue;
      const history = lastFailure === undefined ? [] : [lastFailure];
      return deadLetter(emptying, name, { message, attempts, position, partition, history });
    },
    stored() {},
  };
}

/** Its id is a function of its place: recorded again after a crash, it takes the place of the first. */
function deadLetter(
  emptying: Emptying,
  source: string,
  died: Pick<Parameters<typeof letterOf>[0], 'message' | 'attempts' | 'position' | 'partition' | 'history'>,
): StoreOperation {
  const { plan } = emptying.graph;
  const place = died.partition === undefined ? `${died.position}` : `${died.partition}.${died.position}`;
  const id = `${source.slice(plan.pipelineId.length + 1)}-${place}-${died.message.id}`;
  const letter = { ...letterOf({ ...causeOf(emptying, died.attempts), ...died }), id };
  return { op: 'dead-letter', letter };
}

function moverOf({
  moveTo,
  graph,
}: Emptying): { operation(message: StoredMessage): StoreOperation; stored(messages: number): void } | undefined {
  const wire = moveTo === undefined ? undefined : graph.wires.get(moveTo);
  if (wire === undefined || 'gate' in wire) return undefined;
  if ('room' in wire) {
    return {
      operation: (message) => appendTo(wire.plan, message, NO_LIMIT),
      stored(messages) {
        wire.room.add(messages);
        wire.meters.in.add(messages);
      },
    };
  }
  const log = graph.logs.get(wire.plan.log);
  if (log === undefined) return undefined;
  return {
    operation: (message) => publishTo(log.plan, log.partitions, message, NO_LIMIT),
    stored: (messages) => wire.meters.in.add(messages),
  };
}

async function emptyReady(emptying: Emptying, take: Taking, source: LeaseSource): Promise<Ended> {
  const { parts } = emptying;
  for (;;) {
    if (emptying.isOver()) return 'interrupted';
    const { leases } = await parts.store.lease({ source, max: BATCH, leaseMs: LEASE_MS });
    const owed = emptying.hasEndMark ? await withinEnd(parts, leases) : leases;
    if (owed.length === 0) return 'empty';
    const result = await parts.commit(owed.flatMap((lease) => take.leased(lease)));
    if (result.ok) {
      take.stored(owed.length);
      continue;
    }
    if (result.reason !== 'full') continue;
    await parts.commit(owed.map((lease) => ({ op: 'release', lease })));
    return 'no-room';
  }
}

/** What waits for its retry is handed out to nobody: it is moved or recorded first, then removed. A crash in between does it again. */
async function emptyDelayed(emptying: Emptying, take: Taking, source: WireSource): Promise<Ended> {
  const { parts } = emptying;
  for (let after: Parameters<MessageStore['peek']>[0]['after']; ;) {
    if (emptying.isOver()) return 'interrupted';
    const page = await parts.store.peek({ source, limit: BATCH, ...(after === undefined ? {} : { after }) });
    const last = page.at(-1);
    if (last === undefined) break;
    after = { position: last.position, ...(last.partition === undefined ? {} : { partition: last.partition }) };
    const owed = emptying.hasEndMark ? await owedOf(parts.store, source, page) : page;
    const messages = owed.filter(({ state }) => state !== 'in-hand');
    if (messages.length === 0) continue;
    const result = await parts.commit(messages.map((message) => take.waiting(message, source)));
    if (!result.ok) return 'no-room';
    take.stored(messages.length);
  }
  if (!('queue' in source)) {
    await parts.store.dropGroup(source.log, source.group);
    return 'empty';
  }
  await parts.store.purge(source.queue);
  // Some may be in the hand of whoever looks for expired ones: they are seen to next time.
  return (await parts.store.backlog(source)).messages === 0 ? 'empty' : 'interrupted';
}

async function owedOf(
  store: MessageStore,
  source: WireSource,
  page: readonly PeekedMessage[],
): Promise<readonly PeekedMessage[]> {
  if (!('group' in source)) return page;
  const ends = new Map<number, number>();
  for (const { partition = 0 } of page)
    if (!ends.has(partition)) ends.set(partition, await endOf(store, source, partition));
  return page.filter(({ partition = 0, position }) => position < (ends.get(partition) ?? 0));
}

function causeOf({ wireId, consumer, graph, parts }: Emptying, attempt: number): LetterCause {
  const { plan } = graph;
  const now = parts.clock.now();
  const [nodeId = consumer, port] = wireId.split('.');
  const stays = plan.wires.some((other) => other.id === wireId && other.delivery === 'push');
  const why = stays
    ? `pushes over wire ${wireId}, which then keeps no messages`
    : `no longer reads what wire ${wireId} held`;
  return {
    pipelineId: plan.pipelineId,
    version: plan.version,
    nodeId: port === undefined ? consumer : nodeId,
    wireId,
    entry: port === undefined ? undefined : { nodeId, port },
    reason: 'wire-removed',
    failure: { attempt, at: now, code: 'wire-removed', message: `Version ${plan.version} ${why}` },
    now,
  };
}
