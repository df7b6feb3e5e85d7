import type { AttemptRecord, DeadLetterReason, GroupId, LogId, QueueId } from '@sluice/engine';
import type { QueueClass } from './streams.ts';

/** What is kept of a message that came back. */
export interface Tried {
  /** Tries that count and are over. */
  readonly attempts: number;
  readonly crashes: number;
  readonly history: readonly AttemptRecord[];
  /** Set while it waits for a time; ms since 1970. */
  readonly dueAt?: number;
}

export const NEVER_TRIED: Tried = { attempts: 0, crashes: 0, history: [] };

/** A message of a queue, as far as it must be known without reading it. */
export interface Place {
  readonly position: number;
  readonly kind: QueueClass;
  readonly bytes: number;
  /** ms since 1970. */
  readonly enqueuedAt: number;
  /** There is a record of earlier tries. */
  readonly isTried: boolean;
}

export interface HandedOut extends Place {
  readonly token: number;
  /** It had been put back until a time. */
  readonly wasDelayed: boolean;
}

/** How far the messages of a queue that were never handed out have been gone through. */
export interface Scan {
  /** A priority, or `group` for all messages of FIFO groups. */
  readonly level: string;
  /** Everything before this position has been handed out, or stands behind another message of its group. */
  readonly to: number;
  /** Messages from there on. */
  readonly fresh: number;
}

/** What is in hand of a partition, as a crash has to find it; its tokens count up. */
export interface Run {
  readonly from: number;
  readonly count: number;
  readonly firstToken: number;
}

/** Which dead letters count together. */
export interface LetterGroup {
  readonly nodeId: string;
  readonly reason: DeadLetterReason;
  readonly cause: string;
}

/**
 * What a change does to the part of the store that is in memory: counts, positions, what is in hand. `of` is the number of
 * the queue, log, group or shelf. Effects are applied when a change is made, and in the same words when the journal is
 * read after a crash; they say nothing that could come out differently then.
 */
export type Effect =
  /** How far steady time has come; ms since 1970. */
  | { readonly effect: 'time-passed'; readonly to: number }
  /** Tokens up to this one may have been given out. */
  | { readonly effect: 'tokens-reserved'; readonly upTo: number }
  | { readonly effect: 'queue-made'; readonly of: number; readonly id: QueueId }
  | { readonly effect: 'appended'; readonly of: number; readonly kind: QueueClass; readonly bytes: number }
  | {
      readonly effect: 'handed-out';
      readonly of: number;
      readonly taken: readonly HandedOut[];
      readonly scans: readonly Scan[];
      /** Messages that stand behind another of their group, below the scan. */
      readonly blocked: number;
      /** Hand-outs since the message that had come first was among them. */
      readonly passedOver: number;
    }
  /** Settled for good; `freed` is the next of its FIFO group, when the scan has passed that. */
  | { readonly effect: 'acked'; readonly of: number; readonly position: number; readonly freed?: Place }
  /** Out of its holder's hand, back to its place: at once, or not before `dueAt`. */
  | {
      readonly effect: 'put-back';
      readonly of: number;
      readonly position: number;
      readonly isTried: boolean;
      readonly dueAt?: number;
    }
  | { readonly effect: 'purged'; readonly of: number; readonly kept: readonly number[] }
  | { readonly effect: 'queue-dropped'; readonly of: number }
  | { readonly effect: 'log-made'; readonly of: number; readonly id: LogId; readonly partitions: number }
  | {
      readonly effect: 'published';
      readonly of: number;
      readonly partition: number;
      readonly bytes: number;
      readonly latestAt: number;
    }
  | {
      readonly effect: 'trimmed';
      readonly of: number;
      readonly partition: number;
      readonly first: number;
      readonly bytes: number;
    }
  | { readonly effect: 'log-dropped'; readonly of: number }
  | {
      readonly effect: 'group-made';
      readonly of: number;
      readonly id: GroupId;
      readonly log: number;
      readonly startFrom: 'earliest' | 'latest';
    }
  /** Where a group stands on a partition now. `tried` names what has changed; `null` is forgotten. */
  | {
      readonly effect: 'read';
      readonly of: number;
      readonly partition: number;
      readonly position: number;
      readonly bytesRead: number;
      readonly run: Run | null;
      readonly tried: readonly (readonly [offset: number, tried: Tried | null])[];
    }
  | { readonly effect: 'group-dropped'; readonly of: number }
  | { readonly effect: 'shelf-made'; readonly of: number; readonly pipelineId: string }
  | ({
      readonly effect: 'letter-kept';
      readonly of: number;
      readonly bytes: number;
      readonly deadAt: number;
    } & LetterGroup)
  | ({ readonly effect: 'letter-gone'; readonly of: number; readonly bytes: number } & LetterGroup)
  | { readonly effect: 'shelf-dropped'; readonly of: number };
