import { openRawLmdbQueue } from '../durable-hop/raw-lmdb-queue.ts';
import { orderEvent, orderNumber } from '../order-event.ts';
import type { ServedProgram } from '../process/program.ts';
import { latencyProgram, type WireUnderTest } from './latency-work.ts';

/** Put on disk, hand-out put on disk, handler, removed from disk: the same three transactions as ours. */
export async function openRawLmdbLatency(setting: {
  readonly folder: string;
  readonly seconds: number;
}): Promise<ServedProgram> {
  const queue = openRawLmdbQueue(setting.folder);
  let taking = false;
  let again = false;
  const takeAll = async (): Promise<void> => {
    again = true;
    if (taking) return;
    taking = true;
    while (again) {
      again = false;
      const { events, acknowledge } = await queue.take(1);
      for (const event of events) wire.onHandled(orderNumber(event));
      await acknowledge();
      if (events.length > 0) again = true;
    }
    taking = false;
  };
  const wire: WireUnderTest = {
    async add(number) {
      await queue.append([orderEvent(number)]);
      await takeAll();
    },
    onHandled: () => undefined,
    close: () => queue.close(),
  };
  return latencyProgram(wire, setting.seconds);
}
