import type { Tally } from '../tally.ts';
import { produceInWaves, WAVE } from './hop-work.ts';

/** A queue that is asked for its messages, as an embedded one is. */
export interface AskedQueue {
  /** Resolves when all of them are on disk. */
  append(first: number, count: number): Promise<void>;
  /** Takes up to so many messages, makes that durable, acknowledges them durably, and answers the numbers that they carry. */
  consume(max: number): Promise<readonly number[]>;
}

/** Two waves are on their way in while a third is taken out. */
export async function wavesThrough(queue: AskedQueue, count: number, tally: Tally): Promise<void> {
  // Resolved by the first wave that got in since the consumer last looked.
  let arrived = Promise.withResolvers<void>();
  const produce = produceInWaves(count, WAVE, async (first, size) => {
    await queue.append(first, size);
    arrived.resolve();
  });
  const take = async (): Promise<void> => {
    for (let consumed = 0; consumed < count;) {
      const arrival = Promise.withResolvers<void>();
      arrived = arrival;
      const numbers = await queue.consume(WAVE);
      for (const number of numbers) tally.see(number);
      consumed += numbers.length;
      if (numbers.length === 0) await arrival.promise;
    }
  };
  await Promise.all([produce, take()]);
}
