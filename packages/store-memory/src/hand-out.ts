import { ATTEMPT_HISTORY_MAX, type AttemptRecord, type Message, type StoredMessage } from '@sluice/engine';

/** The stored message as a worker sees it. A literal per shape: a spread costs more in the hot path. */
export function handOut(stored: StoredMessage, attempt: number): Message {
  const { id, key, payload, headers, correlationId, traceparent, eventTime, enqueuedAt } = stored;
  if (traceparent === undefined) return { id, key, payload, headers, correlationId, eventTime, enqueuedAt, attempt };
  return { id, key, payload, headers, correlationId, traceparent, eventTime, enqueuedAt, attempt };
}

/** The history with one more failure, the oldest dropped when it is full. */
export function withFailure(history: readonly AttemptRecord[], failure: AttemptRecord): readonly AttemptRecord[] {
  return [...history, failure].slice(-ATTEMPT_HISTORY_MAX);
}
