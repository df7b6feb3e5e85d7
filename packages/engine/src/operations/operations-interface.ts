import type { Json } from '../message.ts';
import type { DeadLetter, DeadLetterFilter, DeadLetterGroup, PeekedMessage } from '../ports/message-store.ts';

export interface LetterAddress {
  readonly pipelineId: string;
  readonly letterId: string;
}

/** What is absent stays as it is. */
export interface LetterEdit extends LetterAddress {
  readonly payload?: Json;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type EditResult =
  | { readonly ok: true; readonly letter: DeadLetter }
  | { readonly ok: false; readonly reason: 'letter-gone' }
  /** With this content the pipeline's dead letters would hold more than they may. */
  | { readonly ok: false; readonly reason: 'full' };

/** Messages that were taken out of the pipeline for good, ever since it was made. */
export interface DiscardCounts {
  /** Dead letters that people discarded. */
  readonly byHand: number;
  /** Dead letters that were older than `limits.deadLetterAge`. */
  readonly byAge: number;
  /** Messages that were purged from wires. */
  readonly purged: number;
}

/** Why a letter cannot be redriven. It stays a dead letter. */
export type RedriveRefusal =
  | { readonly reason: 'letter-gone' }
  /** Nobody would work on it, and its wire's settings are unknown. */
  | { readonly reason: 'not-deployed' }
  /** The wire it came from is no more, or `toWire` is no wire of the deployed version. */
  | { readonly reason: 'wire-gone'; readonly wireId: string | undefined }
  /** The wire has no room now. */
  | { readonly reason: 'full'; readonly wireId: string }
  /** It is larger than the wire may ever hold. */
  | { readonly reason: 'too-large'; readonly wireId: string };

/** `wireId`: the wire, source port or subscriber that has the message again. */
export type RedriveResult =
  | { readonly ok: true; readonly wireId: string; readonly messageId: string }
  | ({ readonly ok: false } & RedriveRefusal);

export interface RedriveRequest {
  /** Those that are there when it begins. At most `REDRIVE_MAX`, the newest; the rest stays and can be redriven next. */
  readonly filter: DeadLetterFilter;
  /** Wire of the deployed version over which they go instead of the one that they came from. */
  readonly toWire?: string;
  /** At most so many a second, above 0. Absent: as fast as the wires take them. */
  readonly perSecond?: number;
  /** So many go first, the oldest; the rest only when all of these are worked on or dead again. At least 1. */
  readonly canary?: number;
  /** It stops when a larger share of those whose end is known has died again, 0 to 1. Absent: `FAILURE_RATIO`. */
  readonly stopAtFailureRatio?: number;
}

/** What a redrive would do. */
export interface RedriveForecast {
  /** Dead letters that it would send on. */
  readonly messages: number;
  /** They, and those that would be refused, by cause; most messages first. */
  readonly groups: readonly DeadLetterGroup[];
  /** Those that have no wire to go to, by the wire that they came from. */
  readonly refused: readonly { readonly wireId: string | undefined; readonly messages: number }[];
  /** There are more than `REDRIVE_MAX`; these were not looked at. */
  readonly hasMore: boolean;
}

/**
 * | state       | event                                            | next        | effect                            |
 * | ----------- | ------------------------------------------------ | ----------- | --------------------------------- |
 * | canary      | the end of all canary messages is known          | redriving   | stopped instead beyond the ratio  |
 * | redriving   | more than the ratio have died again              | stopped     | the rest stays dead letters       |
 * | redriving   | all letters have been taken up                   | settling    |                                   |
 * | settling    | the end of all of them is known                  | done        |                                   |
 * | any of them | cancelled by hand                                | cancelled   | the rest stays dead letters       |
 * | any of them | the pipeline is taken out of operation           | interrupted | the rest stays dead letters       |
 *
 * What was redriven stays redriven in every case. The state lives in memory: a restart of the process ends the redrive,
 * and the letters that it had not taken up are still there.
 */
export type RedriveState = 'canary' | 'redriving' | 'settling' | 'done' | 'stopped' | 'cancelled' | 'interrupted';

/** A redrive of many. Each letter is in exactly one of `left`, `redriven`, `gone` and `refused`. */
export interface RedriveJob {
  readonly id: string;
  readonly pipelineId: string;
  readonly request: RedriveRequest;
  readonly state: RedriveState;
  /** What it waits for now, or why it ended, in one sentence. */
  readonly detail: string | undefined;
  /** ms since 1970. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly letters: number;
  readonly left: number;
  readonly redriven: number;
  /** Of the redriven: worked on by the consumer of their wire. What comes later on their way is not looked at. */
  readonly worked: number;
  readonly failedAgain: number;
  /** Of the redriven: purged, or their wire was removed, before anybody worked on them. */
  readonly lostSight: number;
  /** Taken by somebody else meanwhile: redriven, discarded or expired. */
  readonly gone: number;
  /** Still dead letters, because no wire can take them. */
  readonly refused: number;
}

export type StartRedriveResult =
  | { readonly ok: true; readonly job: RedriveJob }
  | { readonly ok: false; readonly reason: 'not-deployed' }
  | { readonly ok: false; readonly reason: 'wire-gone'; readonly wireId: string }
  /** One redrive of a pipeline at a time. */
  | { readonly ok: false; readonly reason: 'under-way'; readonly jobId: string };

/** Letters that one redrive takes up at most; it keeps their ids in memory. */
export const REDRIVE_MAX = 100_000;
/** Redriven messages of one job whose end is not known yet, at most; beyond that it waits. */
export const OUTSTANDING_MAX = 1_000;
/** Share of redriven messages that may die again before a redrive stops by itself. */
export const FAILURE_RATIO = 0.5;
/** Dead letters that one call discards at most. */
export const DISCARD_MAX = 10_000;

export interface ReplayRequest {
  readonly pipelineId: string;
  readonly wireId: string;
  /** `time`: ms since 1970, compared with `enqueuedAt`. A position is one of its partition. */
  readonly from: { readonly position: number; readonly partition: number } | { readonly time: number } | 'earliest';
  /**
   * True: replayed messages get ids of their own, so that targets that honour idempotency keys take them again. Absent:
   * their ids, by which such targets leave out what they had.
   */
  readonly freshIds?: boolean;
}

/** A replay that was asked for. While the wire's figures show replayed messages, it goes on. */
export interface Replay {
  readonly id: string;
  /** ms since 1970. */
  readonly startedAt: number;
  readonly freshIds: boolean;
}

export type ReplayResult =
  | {
      readonly ok: true;
      readonly replay: Replay;
      /** Messages that are handed out again. */
      readonly messages: number;
    }
  | { readonly ok: false; readonly reason: 'not-deployed' | 'no-event-wire' }
  | { readonly ok: false; readonly reason: 'partition-unknown'; readonly partitions: number }
  /** A replay goes back, never ahead: what the wire has not delivered yet would be skipped. */
  | { readonly ok: false; readonly reason: 'not-read-yet'; readonly position: number };

/** What people do by hand to messages of a pipeline, dead or on its wires. */
export interface Operations {
  /**
   * Oldest first, also of a removed wire that still holds something, and of a pipeline that is not running. `undefined`:
   * the running version has no such wire, or it keeps no messages (push).
   */
  peek(request: {
    readonly pipelineId: string;
    readonly wireId: string;
    readonly limit: number;
    readonly after?: { readonly position: number; readonly partition?: number };
  }): Promise<readonly PeekedMessage[] | undefined>;
  /**
   * Removes what waits on a pull wire and is not in hand; answers how many. Counted under `discarded`; a crash at that
   * very moment can lose the count, never the messages of others. `undefined` as for `peek`, and for event wires.
   */
  purge(request: { readonly pipelineId: string; readonly wireId: string }): Promise<number | undefined>;

  /** Newest first, from before the letter `before`. */
  deadLetters(
    request: DeadLetterFilter & { readonly limit: number; readonly before?: string },
  ): Promise<readonly DeadLetter[]>;
  deadLetter(address: LetterAddress): Promise<DeadLetter | undefined>;
  /** By node, reason and cause, most messages first. By wire or time, the newest `REDRIVE_MAX` are looked at. */
  deadLetterGroups(filter: DeadLetterFilter): Promise<readonly DeadLetterGroup[]>;
  /** Replaces what a letter carries; its reason and history stay, and it says when that was. It becomes the newest. */
  editDeadLetter(edit: LetterEdit): Promise<EditResult>;
  /** False when it is gone. */
  discardDeadLetter(address: LetterAddress): Promise<boolean>;
  /** Discards those that are there now, at most `DISCARD_MAX`; `hasMore`: call again for the rest. */
  discardDeadLetters(filter: DeadLetterFilter): Promise<{ readonly discarded: number; readonly hasMore: boolean }>;
  discarded(pipelineId: string): Promise<DiscardCounts>;

  /**
   * Puts a letter's message back where it came from, in one commit: it is never in both places and never in none. Its id
   * stays, its attempts begin anew, `enqueuedAt` is now.
   */
  redriveDeadLetter(address: LetterAddress & { readonly toWire?: string }): Promise<RedriveResult>;
  /** `undefined` when the pipeline is not deployed. */
  forecastRedrive(request: RedriveRequest): Promise<RedriveForecast | undefined>;
  startRedrive(request: RedriveRequest): Promise<StartRedriveResult>;
  /** Newest first; ended ones are kept for a while. */
  redrives(pipelineId: string): readonly RedriveJob[];
  /** Ends it where it stands. False when it is unknown or has ended. */
  cancelRedrive(job: { readonly pipelineId: string; readonly jobId: string }): boolean;

  /** Has an event wire deliver again what it has delivered. A replay that is asked for during another one takes its place. */
  replay(request: ReplayRequest): Promise<ReplayResult>;
}
