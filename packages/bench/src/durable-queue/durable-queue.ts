import type { Benchmark, BenchmarkScale, Contender } from '../benchmark.ts';
import { throughputOf, WAVE, type QueueUnderTest } from './queue-work.ts';
import { openRawLmdbQueue } from './raw-lmdb-queue.ts';
import { openStoreQueue } from './store-queue.ts';

/** Append, lease and acknowledge 512-byte messages, every step on disk before the next. */
export const durableQueue: Benchmark = {
  name: 'durable-queue',
  unit: 'messages/s',
  baselineName: 'raw LMDB, the same puts and removes in waves of 1,024, synced',
  openOurs: async (scale) => contender(await openStoreQueue(scale.folder), scale),
  openBaseline: (scale) => Promise.resolve(contender(openRawLmdbQueue(scale.folder), scale)),
};

function contender(queue: QueueUnderTest & { close(): Promise<void> }, { quick }: BenchmarkScale): Contender {
  const messages = WAVE * (quick ? 20 : 150);
  return { measure: () => throughputOf(queue, messages), [Symbol.asyncDispose]: () => queue.close() };
}
