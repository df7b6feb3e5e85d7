import type { Json, StoredMessage } from '../message.ts';

/**
 * The text at a key path of a message: `customer`, `order.customer.id`, `$headers.x-tenant`, `$key` or `$id`.
 * `undefined` when there is nothing at the path; numbers and booleans become text, objects their JSON.
 */
export function readKeyPath(
  message: Pick<StoredMessage, 'id' | 'key' | 'payload' | 'headers'>,
  path: string,
): string | undefined {
  if (path === '$key') return message.key === '' ? undefined : message.key;
  if (path === '$id') return message.id;
  if (path.startsWith('$headers.')) return message.headers[path.slice('$headers.'.length).toLowerCase()];
  let value: Json | undefined = message.payload;
  for (const step of path.split('.')) {
    if (value === null || typeof value !== 'object') return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<string, Json>)[step] : undefined;
    if (value === undefined) return undefined;
  }
  if (value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
