import { orderEvent, orderNumber } from '../order-event.ts';
import { importPeer } from '../peers/install-peer.ts';
import { makeDatabase } from '../peers/postgres-database.ts';
import type { ServedProgram } from '../process/program.ts';
import { BULK, hopProgram, produceInWaves } from './hop-work.ts';

/** What is used of `pg-boss`. */
interface PgBossPackage {
  readonly PgBoss: new (connectionString: string) => PgBoss;
}

interface PgBoss {
  on(event: 'error', listener: (error: Error) => void): void;
  start(): Promise<unknown>;
  stop(options: { readonly graceful: boolean }): Promise<void>;
  createQueue(name: string): Promise<void>;
  insert(name: string, jobs: readonly { readonly data: object }[]): Promise<unknown>;
  fetch(
    name: string,
    options: { readonly batchSize: number },
  ): Promise<readonly { readonly id: string; readonly data: unknown }[]>;
  complete(name: string, ids: readonly string[]): Promise<unknown>;
  deleteAllJobs(name: string): Promise<unknown>;
}

const QUEUE = 'hop';
const FETCH = 500;
const LANES = 2;
const EMPTY_WAIT_MS = 2;

export async function openPgBossHop(setting: {
  readonly peerFolder: string;
  readonly postgresUrl: string;
  readonly messages: number;
}): Promise<ServedProgram> {
  const { PgBoss } = await importPeer<PgBossPackage>(setting.peerFolder, 'pg-boss');
  const database = await makeDatabase(setting.peerFolder, setting.postgresUrl);
  const boss = new PgBoss(database.url);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // looked at while something runs
  boss.on('error', (error) => failure.reject(error));
  await boss.start();
  await boss.createQueue(QUEUE);

  return hopProgram(
    {
      // Completed jobs stay for days, and would weigh on later runs.
      prepare: async () => void (await boss.deleteAllJobs(QUEUE)),
      async run(count, tally) {
        let consumed = 0;
        const lane = async (): Promise<void> => {
          while (consumed < count) {
            const jobs = await boss.fetch(QUEUE, { batchSize: FETCH });
            for (const { data } of jobs) tally.see(orderNumber(data));
            consumed += jobs.length;
            if (jobs.length > 0)
              await boss.complete(
                QUEUE,
                jobs.map(({ id }) => id),
              );
            else await new Promise((resolve) => setTimeout(resolve, EMPTY_WAIT_MS));
          }
        };
        const produced = produceInWaves(count, BULK, async (first, size) => {
          const jobs = Array.from({ length: size }, (_, index) => ({ data: orderEvent(first + index) }));
          await boss.insert(QUEUE, jobs);
        });
        await Promise.race([Promise.all([produced, ...Array.from({ length: LANES }, lane)]), failure.promise]);
      },
      async close() {
        await boss.stop({ graceful: false });
        await database[Symbol.asyncDispose]();
      },
    },
    setting.messages,
  );
}
