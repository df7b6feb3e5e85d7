import type { OpenProgram } from './program.ts';

/** Every program of the bench. Loaded only by the process that is one, so that no side carries another's code. */
export const PROGRAMS = {
  'engine-hop': async () => (await import('../durable-hop/engine-hop.ts')).openEngineHop,
  'store-hop': async () => (await import('../durable-hop/store-hop.ts')).openStoreHop,
  'raw-lmdb-hop': async () => (await import('../durable-hop/raw-lmdb-hop.ts')).openRawLmdbHop,
  'redis-streams-hop': async () => (await import('../durable-hop/redis-streams-hop.ts')).openRedisStreamsHop,
  'bullmq-hop': async () => (await import('../durable-hop/bullmq-hop.ts')).openBullmqHop,
  'jetstream-hop': async () => (await import('../durable-hop/jetstream-hop.ts')).openJetstreamHop,
  'graphile-worker-hop': async () => (await import('../durable-hop/graphile-worker-hop.ts')).openGraphileWorkerHop,
  'pg-boss-hop': async () => (await import('../durable-hop/pg-boss-hop.ts')).openPgBossHop,
  'engine-three-nodes': async () => (await import('../three-nodes/engine-three-nodes.ts')).openEngineThreeNodes,
  'node-red-three-nodes': async () => (await import('../three-nodes/node-red-three-nodes.ts')).openNodeRedThreeNodes,
  'load-client': async () => (await import('../signed-webhook/load-client.ts')).openLoadClient,
  'express-receiver': async () => (await import('../signed-webhook/express-receiver.ts')).openExpressReceiver,
  'bare-node-receiver': async () => (await import('../signed-webhook/bare-node-receiver.ts')).openBareNodeReceiver,
  'engine-latency': async () => (await import('../wire-latency/engine-latency.ts')).openEngineLatency,
  'raw-lmdb-latency': async () => (await import('../wire-latency/raw-lmdb-latency.ts')).openRawLmdbLatency,
  'engine-backlog': async () => (await import('../backlog/engine-backlog.ts')).openEngineBacklog,
} as const satisfies Readonly<Record<string, () => Promise<OpenProgram>>>;

export type ProgramName = keyof typeof PROGRAMS;

export function isProgramName(name: string): name is ProgramName {
  return Object.hasOwn(PROGRAMS, name);
}
