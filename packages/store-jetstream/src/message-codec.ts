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
];

/** A message of a log, with what its partition was before it. */
type EncodedInLog = readonly [
  /** Bytes ever published to the partition before it. */
  bytesBefore: number,
  /** The largest `enqueuedAt` so far, its own included; ms since 1970. */
  latestAt: number,
  bytes: number,
  message: Encoded,
];

export interface InLog {
  readonly bytesBefore: number;
  readonly latestAt: number;
  readonly bytes: number;
  readonly message: StoredMessage;
}

export function encodeMessage(message: StoredMessage): string {
  const { id, key, payload, headers, correlationId, eventTime, enqueuedAt, traceparent } = message;
  return JSON.stringify([
    id,
    key,
    payload,
    headers,
    correlationId,
    eventTime,
    enqueuedAt,
    traceparent ?? null,
  ] satisfies Encoded);
}

export function decodeMessage(text: string): StoredMessage {
  return toMessage(JSON.parse(text) as Encoded); // written by `encodeMessage`
}

/** `encoded` comes from `encodeMessage`. */
export function encodeInLog(encoded: string, { bytesBefore, latestAt, bytes }: Omit<InLog, 'message'>): string {
  return `[${bytesBefore},${latestAt},${bytes},${encoded}]`;
}

export function decodeInLog(text: string): InLog {
  const [bytesBefore, latestAt, bytes, message] = JSON.parse(text) as EncodedInLog; // written by `encodeInLog`
  return { bytesBefore, latestAt, bytes, message: toMessage(message) };
}

function toMessage([
  id,
  key,
  payload,
  headers,
  correlationId,
  eventTime,
  enqueuedAt,
  traceparent,
]: Encoded): StoredMessage {
  const message = { id, key, payload, headers, correlationId, eventTime, enqueuedAt };
  return traceparent === null ? message : { ...message, traceparent };
}

/** The message as a worker sees it. */
export function handedOut(message: StoredMessage, attempt: number): Message {
  return { ...message, attempt };
}

/** Bytes of a text in UTF-8. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** Stands for a name of any length, with letters that a subject may have; the chance that two names share it is beyond reach. */
export function nameHash(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, 16).toString('base64url');
}

/** The history with one more failure, the oldest dropped when it is full. */
export function withFailure(history: readonly AttemptRecord[], failure: AttemptRecord): readonly AttemptRecord[] {
  return [...history, failure].slice(-ATTEMPT_HISTORY_MAX);
}
