import type { Json, Message, StoredMessage } from '../message.ts';

/** Id of a pull wire's queue: `<pipeline id>/<wire id>`. */
export type QueueId = string;
/** Id of an output port's log: `<pipeline id>/<node id>.<port>`, or `topic/<name>` for the internal bus. */
export type LogId = string;
/** Id of a consumer group on a log: `<pipeline id>/<wire id>`, or `<pipeline id>/<node id>` for a topic subscriber. */
export type GroupId = string;

/** Where leases come from: a pull wire's queue, or one partition of a log as one group sees it. */
export type LeaseSource =
  | { readonly kind: 'queue'; readonly queue: QueueId }
  | { readonly kind: 'group'; readonly log: LogId; readonly group: GroupId; readonly partition: number };

/** What is kept of a failed try, so that a dead letter can show its history. */
export interface AttemptRecord {
  readonly attempt: number;
  /** ms since 1970. */
  readonly at: number;
  /** Constant code of the failure, such as `target-status`. */
  readonly code: string;
  readonly message: string;
}

/** A message handed to a worker for a limited time. */
export interface Lease {
  readonly source: LeaseSource;
  /** Sequence number in the queue, or offset in the partition. */
  readonly position: number;
  /** Fencing token: grows with every hand-out of this message. A settlement with an older token is refused. */
  readonly token: number;
  /** ms since 1970, for show. The store measures on the monotonic clock; from then on the message may be handed out again. */
  readonly expiresAt: number;
  readonly message: Message;
  /** Earlier hand-outs that ended with the death of the process: neither settled nor expired. */
  readonly crashes: number;
  /** Failures that `retry` recorded, oldest first; at most `ATTEMPT_HISTORY_MAX`, the oldest are dropped. A try that expired left none. */
  readonly history: readonly AttemptRecord[];
  /**
   * True when the group stood beyond this message before a `seek` took it back, having worked on it, skipped it or begun
   * after it: a replay. Absent otherwise.
   */
  readonly replayed?: boolean;
}

export const ATTEMPT_HISTORY_MAX = 20;

/**
 * Priorities of messages on a queue, as JMS has them: 0 is the lowest, 9 the highest, 4 where nothing is said. A higher
 * one is handed out first; of every `PRIORITY_TURN` messages handed out one is the one that came first of all that are
 * ready, so that none waits for ever.
 */
export const PRIORITIES = { lowest: 0, normal: 4, highest: 9 } as const;
export const PRIORITY_TURN = 8;

/** A message that was given up, kept whole. */
export interface DeadLetter {
  /** Unique within the pipeline. */
  readonly id: string;
  readonly pipelineId: string;
  readonly nodeId: string;
  /** The wire or group it was taken from; absent when it came through push alone. */
  readonly wireId?: string;
  /** The source's port that it left, when it came through push alone: there it enters again when it is redriven. */
  readonly entry?: { readonly nodeId: string; readonly port: string };
  readonly version: number;
  readonly reason: DeadLetterReason;
  readonly error: { readonly code: string; readonly message: string };
  /** What letters that have the same cause have in common; at most `CAUSE_LENGTH_MAX` characters. They are counted by it. */
  readonly cause: string;
  readonly attempts: number;
  readonly history: readonly AttemptRecord[];
  readonly message: StoredMessage;
  /** ms since 1970. */
  readonly deadAt: number;
  /** When someone last changed the message by hand; ms since 1970. */
  readonly editedAt?: number;
}

export const CAUSE_LENGTH_MAX = 200;
/** Groups of dead letters that are told apart by their cause within one pipeline. */
export const CAUSES_MAX = 1_000;
/** The cause under which letters beyond `CAUSES_MAX` are kept. */
export const CAUSE_OTHER = 'other';

/** Dead letters of one pipeline that have node, reason and cause in common. */
export interface DeadLetterGroup {
  readonly nodeId: string;
  readonly reason: DeadLetterReason;
  readonly cause: string;
  readonly messages: number;
  /** `deadAt` of the first and the last that are still there; ms since 1970. May lie outside when some were discarded. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Which dead letters are meant. What is absent leaves it open. */
export interface DeadLetterFilter {
  readonly pipelineId: string;
  readonly nodeId?: string;
  readonly wireId?: string;
  readonly reason?: DeadLetterReason;
  readonly cause?: string;
  /** Died at this time or later; ms since 1970. */
  readonly since?: number;
  /** Died before this time; ms since 1970. */
  readonly until?: number;
}

export const DEAD_LETTER_REASONS = [
  'permanent',
  'attempts-exhausted',
  'too-old',
  'expired',
  'quarantined',
  'wire-removed',
] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/**
 * One step of a commit. The order within a commit does not matter: dedupe, leases, letters and limits are checked, in this
 * order, before anything is written. No commit settles a lease twice.
 */
export type StoreOperation =
  /** Puts a message at the end of a queue. */
  | {
      readonly op: 'append';
      readonly queue: QueueId;
      readonly message: StoredMessage;
      /** FIFO group: messages of one group are handed out strictly one after the other. Absent: no order. */
      readonly group?: string;
      /** An integer within `PRIORITIES`; absent: normal. Without meaning for a message with a group: order goes before. */
      readonly priority?: number;
      /** Refuse the commit when the queue would hold more than this after it: what the commit acks makes room for what it appends. */
      readonly limit: { readonly messages: number; readonly bytes: number };
    }
  /** Puts a message at the end of a partition. The log must have been declared. */
  | {
      readonly op: 'publish';
      readonly log: LogId;
      readonly partition: number;
      readonly message: StoredMessage;
      /**
       * Refuse the commit when messages unread by the slowest group would hold more than this. Without groups nothing is
       * unread. What a group reads again after a `seek` does not count, else a replay would make producers wait.
       */
      readonly limit: { readonly bytes: number };
    }
  /**
   * Done: removes the message from the queue, or moves the group's position past it. On a partition everything before it
   * must be settled, or acked by the same commit; else the commit is refused as `lease-lost`.
   */
  | { readonly op: 'ack'; readonly lease: Lease }
  /** Back to its place, not before `dueAt`; the attempt counts and is added to the history. A group stands still until then; on a partition, what was handed out after it is taken back, uncounted. */
  | {
      readonly op: 'retry';
      readonly lease: Lease;
      readonly dueAt: number;
      readonly failure: AttemptRecord;
      /** How far the wall clock was ahead of the monotonic one when `dueAt` was worked out, ms; absent: as it is now. */
      readonly asOf?: number;
    }
  /**
   * Back to its place, at once or not before `dueAt` (ms since 1970); the attempt does not count. Until then a FIFO group
   * or partition stands still. On a partition, what was handed out after it is taken back too.
   */
  | { readonly op: 'release'; readonly lease: Lease; readonly dueAt?: number; readonly asOf?: number }
  /** Settles nothing; refuses the commit as `lease-lost` unless the lease is still held. Makes a step between fenced. */
  | { readonly op: 'require-lease'; readonly lease: Lease }
  /** Keeps a letter; one with the same id is replaced. The message itself is settled by an `ack` beside it. */
  | {
      readonly op: 'dead-letter';
      readonly letter: DeadLetter;
      /** Refuse the commit as full at `deadLetterShelf(pipelineId)` when the pipeline would keep more than this. A replaced letter counts once, one that the commit takes not at all. */
      readonly limit?: { readonly messages: number; readonly bytes: number };
    }
  /**
   * Takes a letter away: redriven or discarded. Refuses the commit when it is not there, so that nobody does it twice. A
   * letter that the same commit keeps under this id stays.
   */
  | { readonly op: 'take-letter'; readonly pipelineId: string; readonly letterId: string }
  /** Forgets a cursor. Of an unknown one: nothing. */
  | { readonly op: 'drop-cursor'; readonly source: string }
  /** Moves a source's cursor. */
  | { readonly op: 'cursor'; readonly source: string; readonly value: Json }
  /** Records an idempotency key; refuses the commit when the key is known and not expired. Twice in one commit, the first counts. */
  | {
      readonly op: 'remember';
      readonly scope: string;
      readonly key: string;
      readonly messageId: string;
      /** ms since 1970. */
      readonly expiresAt: number;
    };

export type CommitResult =
  | { readonly ok: true }
  /** `at` is the `QueueId` or `LogId` of what has no room, or the shelf of dead letters. Nothing was written. */
  | { readonly ok: false; readonly reason: 'full'; readonly at: string }
  /** The letter of a `take-letter` is not there (any more). Nothing was written. */
  | { readonly ok: false; readonly reason: 'letter-gone'; readonly letterId: string }
  /** The key of a `remember` is known: the first message under it was `messageId`. Nothing was written. */
  | { readonly ok: false; readonly reason: 'duplicate'; readonly messageId: string }
  /** A lease of this commit is no longer held: expired and handed out again, taken back, or settled. Nothing was written. */
  | { readonly ok: false; readonly reason: 'lease-lost'; readonly lease: Lease };

/** What a commit that finds no place for a dead letter calls it. */
export function deadLetterShelf(pipelineId: string): string {
  return `dead-letters/${pipelineId}`;
}

export interface LeaseRequest {
  readonly source: LeaseSource;
  /** At most this many; at least 1. */
  readonly max: number;
  readonly leaseMs: number;
  /**
   * Only messages whose `enqueuedAt` lies before this; ms since 1970. What is ready is looked at in order of arrival,
   * priority by priority, up to the first that is younger, so it finds what has waited longest without a scan over the
   * backlog. Of messages whose retry is due, not all may be looked at. They come oldest first, whatever their priority.
   */
  readonly enqueuedBefore?: number;
}

export interface LeaseResult {
  /** In the order in which they should be worked on. Empty when nothing is ready. */
  readonly leases: readonly Lease[];
  /**
   * When fewer than `max` came: the earliest time (ms since 1970) at which a message that waits for its retry becomes
   * ready by time alone. The end of a lease is not among these times.
   */
  readonly nextDueAt?: number;
}

/** What stands on a queue, or before a group. */
export interface Backlog {
  /** Waiting and in hand. */
  readonly messages: number;
  /** As limits count them: about the length as JSON. */
  readonly bytes: number;
  /** Under a lease that has not expired. */
  readonly inHand: number;
  /** Put back until a time and not handed out since, due or not. */
  readonly delayed: number;
  /** Before a group that a `seek` took back: the part of it that is a replay. Does not count for the limit of the log. */
  readonly replayed?: { readonly messages: number; readonly bytes: number };
  /** `enqueuedAt` of the oldest message that is not settled. Absent when empty. */
  readonly oldestEnqueuedAt?: number;
}

export interface PeekedMessage {
  readonly position: number;
  /** Partition of a log; absent on a queue. */
  readonly partition?: number;
  readonly message: StoredMessage;
  readonly state: 'waiting' | 'in-hand' | 'delayed';
  /** Tries so far. */
  readonly attempts: number;
  /** When a delayed message is tried again; ms since 1970. */
  readonly dueAt?: number;
  readonly lastFailure?: AttemptRecord;
}

export interface LogDeclaration {
  readonly log: LogId;
  /** Wish; an existing log keeps its number. */
  readonly partitions: number;
}

export interface GroupDeclaration {
  readonly log: LogId;
  readonly group: GroupId;
  /** Where a new group begins. A known group keeps its position. */
  readonly startFrom: 'earliest' | 'latest';
}

export interface SeekRequest {
  readonly log: LogId;
  readonly group: GroupId;
  /** Absent: all partitions. */
  readonly partition?: number;
  /**
   * Where the group goes on: at an offset (of the one partition), at the first message whose `enqueuedAt` is not before a
   * time (ms since 1970), at the oldest that is kept, or behind the newest. What is kept no more cannot be reached: the
   * group then goes on with the oldest that is.
   */
  readonly to: { readonly position: number } | { readonly time: number } | 'earliest' | 'latest';
}

export interface TrimRequest {
  readonly log: LogId;
  /** Read messages older than this go. */
  readonly ageMs: number;
  /** Read messages go, oldest first, while the log holds more than this. */
  readonly bytes: number;
}

/**
 * Keeps messages: queues, logs, positions, cursors, idempotency keys, dead letters.
 *
 * Guarantees that every implementation gives and the contract suite checks:
 * - `commit` is atomic, and its promise resolves only when everything in it survives the death of every process and
 *   loss of power. A refused commit wrote nothing. A rejected promise means *unknown*: the caller must treat the store
 *   as failed.
 * - What `lease` hands out is durable, and so is the fact that it was handed out (a crash with the message in hand is
 *   counted). No message is in two unexpired leases. A lease that expires is handed out again with the attempt counted;
 *   until then its holder can still settle or extend it.
 * - After a restart everything that was not settled is handed out again, nothing that was settled is. Leases that were
 *   out at a crash count as a crash and as an attempt, also when they had expired unnoticed; those out at a clean `close`
 *   count as neither.
 * - Messages of a queue without groups come in order of arrival, as far as retries allow. Messages of one FIFO group come
 *   one at a time and strictly in order: none is handed out while an earlier one of its group is unsettled. Partitions of
 *   a log come strictly in order: nothing after a message is settled before it, and while one waits for its retry the
 *   partition stands still for that group. What one `lease` handed out of a partition must be settled, given back or
 *   expired before the group gets more of it.
 * - Memory use does not depend on the backlog.
 *
 * Time comes from the Clock that the store was given. What is due then is due, also when the wall clock is set meanwhile: a
 * moment that lies ahead stays as far ahead as it was.
 */
export interface MessageStore {
  commit(operations: readonly StoreOperation[]): Promise<CommitResult>;

  /** Hands out what is ready. */
  lease(request: LeaseRequest): Promise<LeaseResult>;

  /** Prolongs a lease; `undefined` when it is no longer held. The token stays. */
  extend(lease: Lease, leaseMs: number): Promise<Lease | undefined>;

  /**
   * Calls `listener` soon after something becomes ready on the source: appended, released, returned or freed by its
   * group; also after a `retry`, since `nextDueAt` may be earlier now. A hint: it may come too often, never too seldom,
   * except that nobody is called when a time passes (`nextDueAt`, lease expiry). It may come between a `lease` that finds
   * nothing and its answer: note it from before that call on.
   */
  onReady(source: LeaseSource, listener: () => void): () => void;

  /** The message first stored under an idempotency key, if it is durable and not expired. */
  recall(scope: string, key: string): Promise<string | undefined>;
  cursor(source: string): Promise<Json | undefined>;

  /** Makes the log if it is new and answers its real number of partitions. */
  declareLog(declaration: LogDeclaration): Promise<{ readonly partitions: number }>;
  /** Makes the group if it is new. */
  declareGroup(declaration: GroupDeclaration): Promise<void>;
  /**
   * Moves a group's position, back to read again or ahead to skip; answers how many messages the group has unread then,
   * over all partitions. Durable when it resolves. Leases that the group has out on those partitions are lost, uncounted
   * unless they had expired. What it passes a second time is handed out as `replayed`, with attempts and history begun
   * anew. `undefined` when the group is unknown.
   */
  seek(request: SeekRequest): Promise<{ readonly messages: number } | undefined>;
  /** Forgets a group and its position: its unread messages no longer count for limits. */
  dropGroup(log: LogId, group: GroupId): Promise<void>;
  /** Removes read messages beyond retention; answers how many. Never removes what a group has not read. */
  trim(request: TrimRequest): Promise<number>;

  /** Cheap: no scan over the backlog. For a group: the sum over its partitions. */
  backlog(source: { readonly queue: QueueId } | { readonly log: LogId; readonly group: GroupId }): Promise<Backlog>;
  /** What the log holds in total, read or not. */
  retained(log: LogId): Promise<{ readonly messages: number; readonly bytes: number }>;
  /** Oldest first, from after `after`; for a group: unread ones, partition by partition. Hands nothing out. */
  peek(request: {
    readonly source: { readonly queue: QueueId } | { readonly log: LogId; readonly group: GroupId };
    readonly limit: number;
    readonly after?: { readonly position: number; readonly partition?: number };
  }): Promise<readonly PeekedMessage[]>;
  /** Removes all messages of a queue that are not in hand; answers how many. */
  purge(queue: QueueId): Promise<number>;
  /** Ids of queues that hold messages and start with the prefix. */
  queues(prefix: string): Promise<readonly QueueId[]>;
  /** Groups whose id starts with the prefix, each with its log. */
  groups(prefix: string): Promise<readonly { readonly log: LogId; readonly group: GroupId }[]>;

  /** Newest first, before `before` (an id of an earlier page; nothing when it is unknown). */
  deadLetters(
    request: DeadLetterFilter & { readonly limit: number; readonly before?: string },
  ): Promise<readonly DeadLetter[]>;
  deadLetter(pipelineId: string, letterId: string): Promise<DeadLetter | undefined>;
  /** Dead letters per node id of a pipeline. Cheap. */
  deadLetterCounts(pipelineId: string): Promise<Readonly<Record<string, number>>>;
  /**
   * By node, reason and cause, most messages first; without a scan over the letters. Where a pipeline has `CAUSES_MAX` of
   * them, letters of further causes are kept under the cause `CAUSE_OTHER`: counted, listed and found by that.
   */
  deadLetterGroups(pipelineId: string): Promise<readonly DeadLetterGroup[]>;
  /** What the dead letters of a pipeline hold, as the limit of `dead-letter` counts it. Cheap. */
  deadLetterUsage(pipelineId: string): Promise<{ readonly messages: number; readonly bytes: number }>;

  /**
   * Forgets the queues, logs, groups and dead letters of a pipeline that is no longer deployed. In steps: a crash in
   * between leaves the rest, and calling it again goes on. Topics stay, as do cursors (`drop-cursor`) and idempotency
   * keys, which expire.
   */
  forgetPipeline(pipelineId: string): Promise<void>;

  /** Removes expired idempotency keys, at most `max`; answers how many. */
  forgetExpired(max: number): Promise<number>;

  /** Waits for running commits, returns open leases without counting them, and lets go of the folder. */
  close(): Promise<void>;
}
