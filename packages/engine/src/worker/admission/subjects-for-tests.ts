import type { Json } from '../../message.ts';
import type { Lease, LeaseSource } from '../../ports/message-store.ts';
import type { Held } from '../heartbeat.ts';
import { subjectOf, type Subject } from './verb.ts';

/** A message in hand, as verbs see it. */
export function aSubject(
  position: number,
  more: {
    readonly payload?: Json;
    readonly attempt?: number;
    readonly enqueuedAt?: number;
    readonly source?: LeaseSource;
    readonly bytes?: number;
  } = {},
): Subject {
  return subjectOf(aHeld(position, more));
}

export function aHeld(position: number, more: Parameters<typeof aSubject>[1] = {}): Held {
  const lease: Lease = {
    source: more.source ?? { kind: 'queue', queue: 'p/w' },
    position,
    token: position,
    expiresAt: 0,
    message: {
      id: `m${position}`,
      key: '',
      payload: more.payload ?? null,
      headers: {},
      correlationId: `c${position}`,
      eventTime: position,
      enqueuedAt: more.enqueuedAt ?? position,
      attempt: more.attempt ?? 1,
    },
    crashes: 0,
    history: [],
  };
  return { lease, renewedAtMs: 0, lost: false, settling: false, cancel: undefined, discardAs: undefined };
}
