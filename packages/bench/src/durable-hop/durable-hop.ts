import type { Benchmark } from '../benchmark.ts';
import { postgresUrl } from '../peers/postgres-database.ts';
import { startNats } from '../peers/start-nats.ts';
import { startRedis } from '../peers/start-redis.ts';
import { programSide } from '../process/program-side.ts';
import { WAVE } from './hop-work.ts';

/** Messages of one measurement: as many as take a few seconds. */
const some = (quick: number, full: number) => (isQuick: boolean) => ({ messages: isQuick ? quick : full });
const embedded = some(WAVE * 20, WAVE * 100);
const onPostgres = (isQuick: boolean) => ({ ...some(5_000, 30_000)(isQuick), postgresUrl: postgresUrl() });

const ENGINE = 'engine';
const STORE = 'store';

/** Append, lease and acknowledge 512-byte messages: producing and consuming at the same time, in one client process. */
export const durableHop: Benchmark = {
  name: 'durable-hop',
  figures: [
    { name: 'durable-hop', unit: 'messages/s', better: 'more', key: 'rate', of: ENGINE },
    { name: 'durable-hop-store', unit: 'messages/s', better: 'more', key: 'rate', of: STORE },
  ],
  ours: [
    programSide({ name: ENGINE, program: 'engine-hop', place: 'anywhere', setting: embedded }),
    programSide({ name: STORE, program: 'store-hop', place: 'anywhere', setting: embedded }),
  ],
  others: [
    programSide({
      name: 'raw LMDB, the same puts and removes in waves of 1,024, synced',
      program: 'raw-lmdb-hop',
      place: 'anywhere',
      setting: embedded,
    }),
    programSide({
      name: 'Redis Streams, appendfsync always, by 1,000',
      program: 'redis-streams-hop',
      place: 'client',
      peer: 'redis-streams',
      service: startRedis,
      setting: some(20_000, 100_000),
    }),
    programSide({
      name: 'BullMQ, appendfsync always, addBulk of 1,000, concurrency 50',
      program: 'bullmq-hop',
      place: 'client',
      peer: 'bullmq',
      service: startRedis,
      setting: some(5_000, 30_000),
    }),
    programSide({
      name: 'JetStream, synced every 2 minutes (its default), pull by 500',
      program: 'jetstream-hop',
      place: 'client',
      peer: 'jetstream',
      service: (folder) => startNats(folder, 'default'),
      setting: some(10_000, 50_000),
    }),
    programSide({
      name: 'JetStream, sync_interval always, pull by 500',
      program: 'jetstream-hop',
      place: 'client',
      peer: 'jetstream',
      service: (folder) => startNats(folder, 'always'),
      setting: some(2_000, 10_000),
    }),
    programSide({
      name: 'graphile-worker, local queue of 500, batched completion',
      program: 'graphile-worker-hop',
      place: 'client',
      peer: 'graphile-worker',
      setting: onPostgres,
    }),
    programSide({
      name: 'pg-boss, insert of 1,000, fetch of 500 in 2 lanes',
      program: 'pg-boss-hop',
      place: 'client',
      peer: 'pg-boss',
      setting: onPostgres,
    }),
  ],
};
