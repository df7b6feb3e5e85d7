import { backoffMs } from '../delivery/backoff.ts';
import { causeOf } from '../delivery/cause.ts';
import type { AttemptRecord, DeadLetter, DeadLetterReason, Lease, StoreOperation } from '../ports/message-store.ts';
import type { StoredMessage } from '../message.ts';
import type { Random } from '../ports/random.ts';
import type { WorkError } from '../work-error.ts';
import type { RunningNode } from '../running/graph.ts';

/** What becomes of a leased message whose work failed. */
export type Settlement =
  | { readonly kind: 'release' }
  | { readonly kind: 'retry'; readonly dueAt: number; readonly failure: AttemptRecord }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason; readonly failure: AttemptRecord };

/**
 * Decides between giving back, trying again and giving up. Pure but for the injected chance.
 *
 * | failure                                   | settlement                                   |
 * | ----------------------------------------- | -------------------------------------------- |
 * | held back before the target was asked     | release: no attempt counts                   |
 * | permanent                                 | dead letter `permanent`                      |
 * | attempts used up                          | dead letter `attempts-exhausted`, or retry at the cap where poison blocks |
 * | older than `retry.maxAge`                 | dead letter `too-old`                        |
 * | otherwise                                 | retry after full-jitter backoff              |
 */
export function decideSettlement(request: {
  readonly lease: Lease;
  readonly error: WorkError;
  readonly heldBack: boolean;
  /** The node whose `work.retry` owns redelivery on this wire. */
  readonly owner: RunningNode;
  readonly onPoison: 'park' | 'block';
  readonly now: number;
  readonly random: Random;
}): Settlement {
  const { lease, error, now } = request;
  if (request.heldBack) return { kind: 'release' };
  const { retry } = request.owner.plan;
  const attempt = lease.message.attempt;
  const failure: AttemptRecord = { attempt, at: now, code: error.code, message: error.message.slice(0, 1_000) };
  const again = (waitMs: number): Settlement => ({ kind: 'retry', dueAt: now + waitMs, failure });
  const giveUp = (reason: DeadLetterReason): Settlement =>
    request.onPoison === 'block'
      ? again(Math.max(retry.capMs, error.retryAfterMs ?? 0))
      : { kind: 'dead-letter', reason, failure };

  if (!error.retryable) return giveUp('permanent');
  if (attempt >= retry.attempts) return giveUp('attempts-exhausted');
  if (retry.maxAgeMs !== undefined && now - lease.message.enqueuedAt >= retry.maxAgeMs) return giveUp('too-old');
  return again(
    backoffMs({
      attempt,
      baseMs: retry.baseMs,
      capMs: retry.capMs,
      retryAfterMs: error.retryAfterMs,
      random: request.random,
    }),
  );
}

/** The operations that move a leased message to dead letter: out of its wire and into the record, in one commit. */
export function deadLetterOperations(request: LetterCause & { readonly lease: Lease }): readonly StoreOperation[] {
  const { lease } = request;
  const { attempt, ...message } = lease.message;
  const { source } = lease;
  const partition = source.kind === 'group' ? source.partition : undefined;
  return [
    { op: 'ack', lease },
    {
      op: 'dead-letter',
      letter: letterOf({
        ...request,
        partition,
        position: lease.position,
        message,
        attempts: attempt,
        history: lease.history,
      }),
    },
  ];
}

export interface LetterCause {
  readonly pipelineId: string;
  readonly version: number;
  readonly nodeId: string;
  readonly wireId: string;
  /** Present where the message was taken up at a source's port and no wire: the letter then names this instead. */
  readonly entry?: DeadLetter['entry'];
  readonly reason: DeadLetterReason;
  readonly failure: AttemptRecord;
  readonly now: number;
}

/** The record of a message that is given up. Its id comes from its place: one message id may stand on a wire twice. */
export function letterOf(
  request: LetterCause & {
    readonly partition: number | undefined;
    readonly position: number;
    readonly message: StoredMessage;
    readonly attempts: number;
    readonly history: readonly AttemptRecord[];
  },
): DeadLetter {
  const { failure, pipelineId, nodeId, wireId, entry, version, reason, message, attempts } = request;
  const place = request.partition === undefined ? `${request.position}` : `${request.partition}.${request.position}`;
  return {
    id: `${wireId}-${place}-${request.now}`,
    pipelineId,
    nodeId,
    ...(entry === undefined ? { wireId } : { entry }),
    version,
    reason,
    error: { code: failure.code, message: failure.message },
    cause: causeOf(failure),
    attempts,
    history: [...request.history, failure],
    message,
    deadAt: request.now,
  };
}
