import path from 'node:path';
import { open } from 'lmdb';
import type { OrderEvent } from '../order-event.ts';

/**
 * A queue without anything around it: the puts and removes that a durable queue cannot do without, in one transaction
 * per call, each awaited to disk. A hand-out is one record per call, as ours is.
 */
export interface RawLmdbQueue {
  append(events: readonly OrderEvent[]): Promise<void>;
  /** The oldest messages that were not handed out, which is on disk when it resolves. */
  take(max: number): Promise<{ readonly events: readonly unknown[]; acknowledge(): Promise<void> }>;
  close(): Promise<void>;
}

export function openRawLmdbQueue(folder: string): RawLmdbQueue {
  const root = open<string, Uint8Array>({
    path: path.join(folder, 'raw.lmdb'),
    noSubdir: true,
    maxDbs: 2,
    overlappingSync: false,
    eventTurnBatching: false,
    encoding: 'string',
    keyEncoding: 'binary',
  });
  const messages = root.openDB<string, Uint8Array>({ name: 'messages', encoding: 'string', keyEncoding: 'binary' });
  const handOuts = root.openDB<string, Uint8Array>({ name: 'hand-outs', encoding: 'string', keyEncoding: 'binary' });
  let next = 0;
  let scan = 0;

  return {
    async append(events) {
      const entries = events.map((event, index) => ({ key: keyOf(next + index), text: JSON.stringify(event) }));
      next += entries.length;
      await root.batch(() => {
        for (const { key, text } of entries) void messages.put(key, text);
      });
    },
    async take(max) {
      const keys: Uint8Array[] = [];
      const events: unknown[] = [];
      for (const { key, value } of messages.getRange({ start: keyOf(scan), limit: max })) {
        keys.push(Uint8Array.from(key));
        events.push(JSON.parse(value));
      }
      const [firstKey] = keys;
      if (firstKey === undefined) return { events, acknowledge: () => Promise.resolve() };
      scan += keys.length;
      await root.batch(() => void handOuts.put(firstKey, String(keys.length)));
      return {
        events,
        async acknowledge() {
          await root.batch(() => {
            for (const key of keys) void messages.remove(key);
            void handOuts.remove(firstKey);
          });
        },
      };
    },
    close: () => root.close(),
  };
}

function keyOf(position: number): Uint8Array {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(position));
  return key;
}
