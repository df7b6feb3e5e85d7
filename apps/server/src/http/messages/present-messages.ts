import type { PeekedMessage } from '@sluice/engine';
import type { PeekedMessageView } from '@sluice/protocol';

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
