import { orderEvent, orderNumber } from '../order-event.ts';
import { importPeer } from '../peers/install-peer.ts';
import type { ServedProgram } from '../process/program.ts';
import type { Tally } from '../tally.ts';
import { BULK, hopProgram, produceInWaves } from './hop-work.ts';

/** What is used of `ioredis`. */
interface Ioredis {
  readonly Redis: new (options: { readonly host: string; readonly port: number }) => Redis;
}

interface Redis {
  pipeline(): { xadd(stream: string, id: '*', field: string, value: string): void; exec(): Promise<PipelineAnswers> };
  xgroup(verb: 'CREATE', stream: string, group: string, from: '0', make: 'MKSTREAM'): Promise<unknown>;
  xreadgroup(...args: readonly (string | number)[]): Promise<readonly [stream: string, entries: Entries][] | null>;
  xack(stream: string, group: string, ...ids: readonly string[]): Promise<number>;
  del(stream: string): Promise<number>;
  quit(): Promise<unknown>;
}

type PipelineAnswers = readonly [error: Error | null, answer: unknown][] | null;
type Entries = readonly [id: string, fields: readonly string[]][];

const STREAM = 'hop';
const GROUP = 'bench';

/** XADD, XREADGROUP and XACK by the thousand. What is acknowledged stays in the stream, which costs Redis nothing here. */
export async function openRedisStreamsHop(setting: {
  readonly peerFolder: string;
  readonly port: number;
  readonly messages: number;
}): Promise<ServedProgram> {
  const { Redis } = await importPeer<Ioredis>(setting.peerFolder, 'ioredis');
  const address = { host: '127.0.0.1', port: setting.port };
  // A blocking read holds its connection.
  const [producer, consumer] = [new Redis(address), new Redis(address)];

  const add = async (first: number, count: number): Promise<void> => {
    const pipeline = producer.pipeline();
    for (let number = first; number < first + count; number += 1)
      pipeline.xadd(STREAM, '*', 'event', JSON.stringify(orderEvent(number)));
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  };

  const take = async (count: number, tally: Tally): Promise<void> => {
    let acknowledged: Promise<unknown> = Promise.resolve();
    for (let consumed = 0; consumed < count;) {
      // The acknowledgement of the last thousand travels with the question for the next.
      const read = consumer.xreadgroup('GROUP', GROUP, 'c', 'COUNT', BULK, 'BLOCK', 100, 'STREAMS', STREAM, '>');
      const [answer] = await Promise.all([read, acknowledged]);
      const entries = answer?.[0]?.[1] ?? [];
      for (const [, fields] of entries) tally.see(orderNumber(JSON.parse(fields[1] ?? 'null')));
      consumed += entries.length;
      if (entries.length > 0) acknowledged = consumer.xack(STREAM, GROUP, ...entries.map(([id]) => id));
    }
    await acknowledged;
  };

  return hopProgram(
    {
      async prepare() {
        await producer.del(STREAM);
        await producer.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM');
      },
      async run(count, tally) {
        await Promise.all([produceInWaves(count, BULK, add), take(count, tally)]);
      },
      async close() {
        await Promise.all([producer.quit(), consumer.quit()]);
      },
    },
    setting.messages,
  );
}
