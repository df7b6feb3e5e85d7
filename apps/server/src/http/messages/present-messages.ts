import type { DeadLetter, PeekedMessage } from '@sluice/engine';
import type { DeadLetterView, PeekedMessageView } from '@sluice/protocol';

export function presentPeeked(peeked: PeekedMessage): PeekedMessageView {
  const { message, lastFailure } = peeked;
  return {
    position: peeked.position,
    partition: peeked.partition ?? null,
    id: message.id,
    key: message.key,
    payload: message.payload as PeekedMessageView['payload'], // JSON either way; only the marks of read-only differ
    headers: { ...message.headers },
    correlationId: message.correlationId,
    eventTime: message.eventTime,
    enqueuedAt: message.enqueuedAt,
    state: peeked.state,
    attempts: peeked.attempts,
    dueAt: peeked.dueAt ?? null,
    lastFailure: lastFailure === undefined ? null : { ...lastFailure },
  };
}

export function presentDeadLetter(letter: DeadLetter): DeadLetterView {
  const { message } = letter;
  return {
    id: letter.id,
    nodeId: letter.nodeId,
    wireId: letter.wireId ?? null,
    version: letter.version,
    reason: letter.reason,
    error: { ...letter.error },
    attempts: letter.attempts,
    history: letter.history.map((attempt) => ({ ...attempt })),
    messageId: message.id,
    key: message.key,
    payload: message.payload as DeadLetterView['payload'], // as above
    headers: { ...message.headers },
    correlationId: message.correlationId,
    eventTime: message.eventTime,
    deadAt: letter.deadAt,
  };
}
