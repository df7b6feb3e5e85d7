import type { StoredMessage } from '../../message.ts';
import type {
  AttemptRecord,
  CommitResult,
  DeadLetter,
  GroupId,
  Lease,
  LeaseResult,
  LeaseSource,
  LogId,
  MessageStore,
  QueueId,
  StoreOperation,
} from '../../ports/message-store.ts';

export const QUEUE = 'orders/w1';
export const OTHER_QUEUE = 'orders/w2';
export const LOG = 'orders/price.out';
export const GROUP = 'orders/w3';
export const OTHER_GROUP = 'orders/w4';
export const LEASE_MS = 30_000;
export const NO_LIMIT = { messages: 1_000_000, bytes: 1_000_000_000 };

const ENQUEUED_AT = 1_767_225_600_000;

export function aMessage(id: string, more: Partial<StoredMessage> = {}): StoredMessage {
  return {
    id,
    key: 'customer-7',
    payload: { order: id, total: 12.5 },
    headers: { 'content-type': 'application/json' },
    correlationId: `cause of ${id}`,
    eventTime: ENQUEUED_AT - 20,
    enqueuedAt: ENQUEUED_AT,
    ...more,
  };
}

type Append = StoreOperation & { readonly op: 'append' };
type Publish = StoreOperation & { readonly op: 'publish' };

export function append(message: StoredMessage | string, more: Partial<Omit<Append, 'op' | 'message'>> = {}): Append {
  return {
    op: 'append',
    queue: QUEUE,
    message: typeof message === 'string' ? aMessage(message) : message,
    limit: NO_LIMIT,
    ...more,
  };
}

export function publish(message: StoredMessage | string, more: Partial<Omit<Publish, 'op' | 'message'>> = {}): Publish {
  return {
    op: 'publish',
    log: LOG,
    partition: 0,
    message: typeof message === 'string' ? aMessage(message) : message,
    limit: NO_LIMIT,
    ...more,
  };
}

export function ack(lease: Lease): StoreOperation {
  return { op: 'ack', lease };
}

export function release(lease: Lease, dueAt?: number): StoreOperation {
  return dueAt === undefined ? { op: 'release', lease } : { op: 'release', lease, dueAt };
}

export function requireLease(lease: Lease): StoreOperation {
  return { op: 'require-lease', lease };
}

export function retry(lease: Lease, dueAt: number, failure: Partial<AttemptRecord> = {}): StoreOperation {
  return { op: 'retry', lease, dueAt, failure: aFailure({ attempt: lease.message.attempt, ...failure }) };
}

export function remember(key: string, messageId: string, expiresAt: number, scope = 'orders/in'): StoreOperation {
  return { op: 'remember', scope, key, messageId, expiresAt };
}

export function aFailure(more: Partial<AttemptRecord> = {}): AttemptRecord {
  return { attempt: 1, at: ENQUEUED_AT, code: 'target-status', message: 'answered 503', ...more };
}

export function aDeadLetter(id: string, more: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id,
    pipelineId: 'orders',
    nodeId: 'ship',
    wireId: 'w1',
    version: 3,
    reason: 'attempts-exhausted',
    error: { code: 'target-status', message: 'answered 503' },
    cause: 'target-status: answered #',
    attempts: 8,
    history: [aFailure({ attempt: 7 }), aFailure({ attempt: 8 })],
    message: aMessage(`message of ${id}`),
    deadAt: ENQUEUED_AT,
    ...more,
  };
}

export function giveUp(
  letter: DeadLetter | string,
  limit?: { readonly messages: number; readonly bytes: number },
): StoreOperation {
  const given = typeof letter === 'string' ? aDeadLetter(letter) : letter;
  return limit === undefined ? { op: 'dead-letter', letter: given } : { op: 'dead-letter', letter: given, limit };
}

export function takeLetter(letterId: string, pipelineId = 'orders'): StoreOperation {
  return { op: 'take-letter', pipelineId, letterId };
}

export function queueSource(queue: QueueId = QUEUE): LeaseSource {
  return { kind: 'queue', queue };
}

export function groupSource(group: GroupId = GROUP, partition = 0, log: LogId = LOG): LeaseSource {
  return { kind: 'group', log, group, partition };
}

/** Commits and insists that it was not refused. */
export async function commitAll(store: MessageStore, ...operations: readonly StoreOperation[]): Promise<void> {
  const result = await store.commit(operations);
  if (!result.ok) throw new Error(`The commit was refused: ${describeRefusal(result)}`);
}

function describeRefusal(result: CommitResult & { readonly ok: false }): string {
  return result.reason === 'full' ? `${result.at} is full` : result.reason;
}

/** Leases as many as there are, up to `max`. */
export function leaseUpTo(store: MessageStore, max: number, source: LeaseSource = queueSource()): Promise<LeaseResult> {
  return store.lease({ source, max, leaseMs: LEASE_MS });
}

/** Leases one message and insists that there is one. */
export async function leaseOne(store: MessageStore, source: LeaseSource = queueSource()): Promise<Lease> {
  const { leases } = await leaseUpTo(store, 1, source);
  const lease = leases[0];
  if (lease === undefined) throw new Error('Nothing is ready.');
  return lease;
}

export function idsOf(result: LeaseResult): readonly string[] {
  return result.leases.map((lease) => lease.message.id);
}

/** Leases everything that is ready; answers the ids with the number of the attempt and of crashes. */
export async function triesOf(
  store: MessageStore,
  source: LeaseSource = queueSource(),
): Promise<readonly (readonly [id: string, attempt: number, crashes: number])[]> {
  const { leases } = await leaseUpTo(store, 50, source);
  return leases.map(({ message, crashes }) => [message.id, message.attempt, crashes]);
}

/** Leases and acks until nothing is ready; answers the ids in the order in which they came. */
export async function drain(store: MessageStore, source: LeaseSource = queueSource()): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const result = await leaseUpTo(store, 16, source);
    if (result.leases.length === 0) return ids;
    ids.push(...idsOf(result));
    await commitAll(store, ...result.leases.map(ack));
  }
}
