import type { AttemptRecord, DeadLetter, Json, StoredMessage, TraceHop } from '@sluice/engine';

/** Ids, times and field names, in bytes. */
const ENVELOPE_BYTES = 120;

/** What a message counts for in limits and backlogs: about its length as JSON in UTF-8, without the cost of encoding it. */
export function messageBytes(message: StoredMessage): number {
  let bytes = ENVELOPE_BYTES + textBytes(message.id) + textBytes(message.key) + textBytes(message.correlationId);
  if (message.traceparent !== undefined) bytes += textBytes(message.traceparent);
  return bytes + jsonBytes(message.headers) + jsonBytes(message.payload);
}

/** What a dead letter counts for, in the same way. */
export function letterBytes(letter: DeadLetter): number {
  const { id, pipelineId, nodeId, wireId, reason, error, cause, history, message } = letter;
  let bytes = ENVELOPE_BYTES + textBytes(id) + textBytes(pipelineId) + textBytes(nodeId) + textBytes(wireId ?? '');
  bytes += textBytes(reason) + textBytes(error.code) + textBytes(error.message) + textBytes(cause);
  for (const record of history) bytes += attemptBytes(record);
  return bytes + messageBytes(message);
}

/** What a hop of a trace counts for, in the same way. */
export function hopBytes(hop: TraceHop): number {
  const { correlationId, messageId, pipelineId, nodeId, wireId, kind, code, text, keys } = hop;
  let bytes = ENVELOPE_BYTES + textBytes(kind);
  for (const one of [correlationId, messageId, pipelineId, nodeId, wireId, code, text, ...(keys ?? [])])
    if (one !== undefined) bytes += textBytes(one);
  return bytes;
}

function attemptBytes({ code, message }: AttemptRecord): number {
  return 60 + textBytes(code) + textBytes(message);
}

function jsonBytes(value: Json): number {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? integerBytes(value) : 18;
  if (typeof value !== 'object' || value === null) return 5;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const element of value) bytes += jsonBytes(element) + 1;
    return bytes;
  }
  for (const [name, member] of Object.entries(value)) bytes += textBytes(name) + jsonBytes(member) + 2;
  return bytes;
}

function integerBytes(value: number): number {
  let rest = Math.abs(value);
  let bytes = value < 0 ? 2 : 1;
  while (rest >= 10) {
    rest /= 10;
    bytes += 1;
  }
  return bytes;
}

/** Length in UTF-8, with the quotes. */
function textBytes(text: string): number {
  let bytes = text.length + 2;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts 2 of the pair's 4 bytes.
    bytes += unit < 0x8_00 || (unit >= 0xd8_00 && unit < 0xe0_00) ? 1 : 2;
  }
  return bytes;
}
