import { CAUSE_LENGTH_MAX } from '../ports/message-store.ts';

/**
 * What failures of the same cause have in common: the code and the message without what differs from one message to the
 * next (numbers, ids, quoted values), so that two thousand failures show as the three causes that they are.
 */
export function causeOf(failure: { readonly code: string; readonly message: string }): string {
  const text = failure.message
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"')
    .replaceAll(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}\b/gi, '#')
    .replaceAll(/\d+(?:[.,:]\d+)*/g, '#');
  return `${failure.code}: ${text}`.slice(0, CAUSE_LENGTH_MAX);
}
