import type { StoredMessage } from '../message.ts';
import { readKeyPath } from '../plan/key-path.ts';
import { PRIORITIES } from '../ports/message-store.ts';

/**
 * The priority that stands at a key path of a message: a number or numeric text, rounded and brought within
 * `PRIORITIES`. `undefined` where there is none: normal.
 */
export function readPriority(message: StoredMessage, path: string): number | undefined {
  const text = readKeyPath(message, path);
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  if (Number.isNaN(value)) return undefined;
  return Math.min(PRIORITIES.highest, Math.max(PRIORITIES.lowest, Math.round(value)));
}
