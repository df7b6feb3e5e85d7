import { hash } from 'node:crypto';
import { ATTEMPT_HISTORY_MAX, type AttemptRecord, type Json, type Message, type StoredMessage } from '@sluice/engine';

/** A list, since field names would be a fifth of an ordinary message. New fields go to the end. */
type Encoded = readonly [
  id: string,
  key: string,
  payload: Json,
  headers: Readonly<Record<string, string>>,
  correlationId: string,
  eventTime: number,
  enqueuedAt: number,
  traceparent: string | null,
  group: string | null,
];

export function encodeMessage(message: StoredMessage, group?: string): Buffer {
  const { id, key, payload, headers, correlationId, eventTime, enqueuedAt, traceparent } = message;
  const encoded: Encoded = [
    id,
    key,
    payload,
    headers,
    correlationId,
    eventTime,
    enqueuedAt,
    traceparent ?? null,
    group ?? null,
  ];
  return Buffer.from(JSON.stringify(encoded));
}

export function decodeMessage(text: string): StoredMessage {
  const [id, key, payload, headers, correlationId, eventTime, enqueuedAt, traceparent] = parse(text);
  if (traceparent === null) return { id, key, payload, headers, correlationId, eventTime, enqueuedAt };
  return { id, key, payload, headers, correlationId, traceparent, eventTime, enqueuedAt };
}

/** The message as a worker sees it. */
export function decodeHandedOut(text: string, attempt: number): Message {
  const [id, key, payload, headers, correlationId, eventTime, enqueuedAt, traceparent] = parse(text);
  if (traceparent === null) return { id, key, payload, headers, correlationId, eventTime, enqueuedAt, attempt };
  return { id, key, payload, headers, correlationId, traceparent, eventTime, enqueuedAt, attempt };
}

/** Hash of the FIFO group that the message was stored with. */
export function groupHashOf(text: string): Buffer {
  return groupHash(parse(text)[8] ?? '');
}

function parse(text: string): Encoded {
  return JSON.parse(text) as Encoded; // written by `encodeMessage`
}

/** Two groups with one hash would merely wait for each other. */
export function groupHash(group: string): Buffer {
  return hash('sha256', group, 'buffer').subarray(0, 8);
}

/** Stands for a name of any length; the chance that two names share it is beyond reach. */
export function nameHash(...parts: readonly string[]): Buffer {
  return hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, 16);
}

/** The history with one more failure, the oldest dropped when it is full. */
export function withFailure(history: readonly AttemptRecord[], failure: AttemptRecord): readonly AttemptRecord[] {
  return [...history, failure].slice(-ATTEMPT_HISTORY_MAX);
}
