import { orderEvent, orderNumber } from '../order-event.ts';
import { importPeer } from '../peers/install-peer.ts';
import type { ServedProgram } from '../process/program.ts';
import type { Tally } from '../tally.ts';
import { BULK, hopProgram, produceInWaves } from './hop-work.ts';

/** What is used of `ioredis`, which talks to Redis for BullMQ. */
interface Ioredis {
  readonly Redis: new (options: { readonly host: string; readonly port: number; maxRetriesPerRequest: null }) => {
    quit(): Promise<unknown>;
  };
}

/** What is used of `bullmq`. */
interface BullMq {
  readonly Queue: new (name: string, options: { readonly connection: object }) => Queue;
  readonly Worker: new (
    name: string,
    work: (job: { readonly data: unknown }) => Promise<void>,
    options: { readonly connection: object; readonly concurrency: number },
  ) => Worker;
}

interface Queue {
  addBulk(jobs: readonly { readonly name: string; readonly data: object; readonly opts: object }[]): Promise<unknown>;
  close(): Promise<void>;
}

interface Worker {
  on(event: 'completed', listener: () => void): void;
  on(event: 'failed' | 'error', listener: (...args: readonly unknown[]) => void): void;
  close(): Promise<void>;
}

const NAME = 'hop';
const CONCURRENCY = 50;

export async function openBullmqHop(setting: {
  readonly peerFolder: string;
  readonly port: number;
  readonly messages: number;
}): Promise<ServedProgram> {
  const { Queue, Worker } = await importPeer<BullMq>(setting.peerFolder, 'bullmq');
  const { Redis } = await importPeer<Ioredis>(setting.peerFolder, 'ioredis');
  // A worker takes no other setting.
  const address = { host: '127.0.0.1', port: setting.port, maxRetriesPerRequest: null };
  const [adding, working] = [new Redis(address), new Redis(address)];
  const queue = new Queue(NAME, { connection: adding });
  let current: { readonly tally: Tally; left: number; readonly done: PromiseWithResolvers<void> } | undefined;
  const worker = new Worker(NAME, async ({ data }) => current?.tally.see(orderNumber(data)), {
    connection: working,
    concurrency: CONCURRENCY,
  });
  // Told when Redis has taken the job off its lists.
  worker.on('completed', () => {
    if (current === undefined) return;
    current.left -= 1;
    if (current.left === 0) current.done.resolve();
  });
  for (const event of ['failed', 'error'] as const)
    worker.on(event, (...args) =>
      current?.done.reject(new Error(`BullMQ says ${event}: ${args.map(String).join(' ')}`)),
    );

  return hopProgram(
    {
      async run(count, tally) {
        const done = Promise.withResolvers<void>();
        current = { tally, left: count, done };
        const produced = produceInWaves(count, BULK, async (first, size) => {
          await queue.addBulk(
            Array.from({ length: size }, (_, index) => ({
              name: NAME,
              data: orderEvent(first + index),
              opts: { removeOnComplete: true },
            })),
          );
        });
        await Promise.all([produced, done.promise]);
      },
      async close() {
        await worker.close();
        await queue.close();
        // Connections that were handed in are left to us.
        await Promise.all([adding.quit(), working.quit()]);
      },
    },
    setting.messages,
  );
}
