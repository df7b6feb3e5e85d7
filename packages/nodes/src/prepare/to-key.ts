import { type Json, WorkError } from '@sluice/engine';

const KEY_LENGTH_MAX = 500;

/** The text of a key that an expression gave; `undefined` when it gave nothing. */
export function toKey(setting: string, value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object') {
    const kind = Array.isArray(value) ? 'a list' : 'an object';
    throw new WorkError(`${setting} gives ${kind}, not a text or number`, { code: 'key-not-text', retryable: false });
  }
  const key = String(value);
  if (key.length > KEY_LENGTH_MAX) {
    throw new WorkError(`${setting} gives a key of ${key.length} characters; ${KEY_LENGTH_MAX} are allowed`, {
      code: 'key-too-long',
      retryable: false,
    });
  }
  return key;
}
