import type { Measured } from '../benchmark.ts';
import type { ServedProgram } from '../process/program.ts';
import { createTally, type Tally } from '../tally.ts';

/** A queue that every system fills and empties at the same time. */
export interface HopUnderTest {
  /** Before each run, and not part of what is measured. */
  prepare?(): Promise<void>;
  /**
   * Puts the order events 0 to `count` - 1 in at one end, takes them out at the other, tells the tally, and
   * acknowledges them. Resolves when all have come out and nothing of them is left to acknowledge.
   */
  run(count: number, tally: Tally): Promise<void>;
  close(): Promise<void>;
}

/** The program around it: `messages` is what one measurement puts through. */
export function hopProgram(hop: HopUnderTest, messages: number): ServedProgram {
  return {
    calls: {
      /** Messages a second, from the first append to the last acknowledgement. */
      async measure(): Promise<Measured> {
        await hop.prepare?.();
        const tally = createTally(messages);
        const startedAt = performance.now();
        await hop.run(messages, tally);
        const seconds = (performance.now() - startedAt) / 1_000;
        tally.assertExact();
        return { rate: messages / seconds };
      },
    },
    close: () => hop.close(),
  };
}

/** Messages of one wave of an embedded store, which is one transaction where the store can choose. */
export const WAVE = 1_024;
/** Messages of one call where a peer takes several at once. */
export const BULK = 1_000;
/** Waves on their way in at the same time. */
const WAVES_AT_ONCE = 2;

/** Puts in all messages, wave by wave; resolves when the last is stored. */
export async function produceInWaves(
  count: number,
  wave: number,
  append: (first: number, count: number) => Promise<void>,
): Promise<void> {
  let appended = 0;
  const lane = async (): Promise<void> => {
    while (appended < count) {
      const first = appended;
      const size = Math.min(wave, count - first);
      appended += size;
      await append(first, size);
    }
  };
  await Promise.all(Array.from({ length: WAVES_AT_ONCE }, lane));
}

/** Asks again and again until it is so. For what a peer does not tell by itself; the wait is far below what is measured. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 2));
}
