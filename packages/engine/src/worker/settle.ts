import { longestBackoffMs } from '../delivery/backoff.ts';
import { causeOf } from '../delivery/cause.ts';
import { reasonToGiveUp, retryWaitMs, type RuledFailure } from '../delivery/retry-decision.ts';
import type { RetryPlan } from '../plan/node-plan.ts';
import type { AttemptRecord, DeadLetter, DeadLetterReason, Lease, StoreOperation } from '../ports/message-store.ts';
import type { StoredMessage } from '../message.ts';
import type { Random } from '../ports/random.ts';

/** What becomes of a leased message whose work failed. */
export type Settlement =
  | { readonly kind: 'release'; readonly dueAt: number | undefined }
  | { readonly kind: 'retry'; readonly dueAt: number; readonly failure: AttemptRecord }
  | { readonly kind: 'dead-letter'; readonly reason: DeadLetterReason; readonly failure: AttemptRecord };

/**
 * Decides between giving back, trying again and giving up. Pure but for the injected chance.
 *
 * | failure                                   | settlement                                   |
 * | ----------------------------------------- | -------------------------------------------- |
 * | held back before the target was asked     | release: no attempt counts                   |
 * | put off: its turn at the target is later  | release until then: no attempt counts        |
 * | permanent, or a rule gives it up          | dead letter `permanent`                      |
 * | attempts used up                          | dead letter `attempts-exhausted`             |
 * | older than `retry.maxAge`                 | dead letter `too-old`                        |
 * | given up, where poison blocks             | retry after the longest wait, for ever       |
 * | otherwise                                 | retry after the wait that `work.retry` says  |
 */
export function decideSettlement(request: {
  readonly lease: Lease;
  readonly failure: RuledFailure & {
    readonly heldBack: boolean;
    readonly tries?: number | undefined;
    readonly putOffMs?: number | undefined;
  };
  /** `work.retry` of the node that owns redelivery on this wire. */
  readonly retry: RetryPlan;
  readonly onPoison: 'park' | 'block';
  readonly now: number;
  readonly random: Random;
}): Settlement {
  const { lease, failure, retry, now, random } = request;
  if (failure.heldBack) {
    return { kind: 'release', dueAt: failure.putOffMs === undefined ? undefined : now + failure.putOffMs };
  }
  const { work } = failure;
  const { attempt, enqueuedAt } = lease.message;
  const record: AttemptRecord = { attempt, at: now, code: work.code, message: work.message.slice(0, 1_000) };
  const again = (waitMs: number): Settlement => ({ kind: 'retry', dueAt: now + waitMs, failure: record });

  const tries = failure.tries ?? attempt;
  const reason = reasonToGiveUp({ retry, failure, attempt: tries, ageMs: now - enqueuedAt });
  if (reason === undefined) return again(retryWaitMs({ retry, failure, attempt: tries, random }));
  if (request.onPoison === 'block') return again(Math.max(longestBackoffMs(retry), work.retryAfterMs ?? 0));
  return { kind: 'dead-letter', reason, failure: record };
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
  readonly entry?: DeadLetter['entry'] | undefined;
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
