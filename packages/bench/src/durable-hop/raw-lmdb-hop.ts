import { orderEvent, orderNumber } from '../order-event.ts';
import type { ServedProgram } from '../process/program.ts';
import { hopProgram } from './hop-work.ts';
import { openRawLmdbQueue } from './raw-lmdb-queue.ts';
import { wavesThrough } from './waves-through.ts';

export async function openRawLmdbHop(setting: {
  readonly folder: string;
  readonly messages: number;
}): Promise<ServedProgram> {
  const queue = openRawLmdbQueue(setting.folder);
  const asked = {
    append: (first: number, count: number) =>
      queue.append(Array.from({ length: count }, (_, index) => orderEvent(first + index))),
    async consume(max: number) {
      const { events, acknowledge } = await queue.take(max);
      const numbers = events.map((event) => orderNumber(event));
      await acknowledge();
      return numbers;
    },
  };
  return hopProgram(
    { run: (count, tally) => wavesThrough(asked, count, tally), close: () => queue.close() },
    setting.messages,
  );
}
