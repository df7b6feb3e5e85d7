/** What both sides of the benchmark do: waves of messages in at one end, leased and acknowledged at the other. */
export interface QueueUnderTest {
  /** Resolves when all of them are on disk. */
  append(first: number, count: number): Promise<void>;
  /** Takes up to so many messages, makes that durable, acknowledges them durably, and answers the numbers that they carry. */
  consume(max: number): Promise<readonly number[]>;
}

/** Messages of one wave, which is one transaction where the store can choose. */
export const WAVE = 1_024;

/**
 * Two waves are on their way in while a third is taken out. Answers messages per second from the first append to the last
 * acknowledgement, and rejects when any message came out twice or not at all.
 */
export async function throughputOf(queue: QueueUnderTest, messages: number): Promise<number> {
  const seen = new Uint8Array(messages);
  let appended = 0;
  let consumed = 0;
  // Resolved by the first wave that got in since the consumer last looked.
  let arrived = Promise.withResolvers<void>();
  const startedAt = performance.now();
  const produce = async (): Promise<void> => {
    while (appended < messages) {
      const first = appended;
      const count = Math.min(WAVE, messages - first);
      appended += count;
      await queue.append(first, count);
      arrived.resolve();
    }
  };
  const take = async (): Promise<void> => {
    while (consumed < messages) {
      const arrival = Promise.withResolvers<void>();
      arrived = arrival;
      const numbers = await queue.consume(WAVE);
      for (const number of numbers) {
        if (seen[number] !== 0) throw new Error(`message ${number} came out twice, or was never put in`);
        seen[number] = 1;
      }
      consumed += numbers.length;
      if (numbers.length === 0) await arrival.promise;
    }
  };
  await Promise.all([produce(), produce(), take()]);
  return messages / ((performance.now() - startedAt) / 1_000);
}
