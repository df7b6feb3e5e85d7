import path from 'node:path';
import { open } from 'lmdb';
import { orderEvent, type OrderEvent } from '../order-event.ts';
import type { QueueUnderTest } from './queue-work.ts';

/**
 * A queue without anything around it: the puts and removes that a durable queue cannot do without, in one transaction per
 * wave, each awaited to disk. A hand-out is one record per wave, as ours is.
 */
export function openRawLmdbQueue(folder: string): QueueUnderTest & { close(): Promise<void> } {
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
    async append(first, count) {
      const entries = Array.from({ length: count }, (_, index) => ({
        key: keyOf(next + index),
        text: JSON.stringify(orderEvent(first + index)),
      }));
      next += count;
      await root.batch(() => {
        for (const { key, text } of entries) void messages.put(key, text);
      });
    },
    async consume(max) {
      const keys: Uint8Array[] = [];
      const numbers: number[] = [];
      for (const { key, value } of messages.getRange({ start: keyOf(scan), limit: max })) {
        keys.push(Uint8Array.from(key));
        numbers.push(Number((JSON.parse(value) as OrderEvent).id.slice('order-'.length)));
      }
      const [firstKey] = keys;
      if (firstKey === undefined) return [];
      scan += keys.length;
      await root.batch(() => void handOuts.put(firstKey, String(keys.length)));
      await root.batch(() => {
        for (const key of keys) void messages.remove(key);
        void handOuts.remove(firstKey);
      });
      return numbers;
    },
    close: () => root.close(),
  };
}

function keyOf(position: number): Uint8Array {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(position));
  return key;
}
