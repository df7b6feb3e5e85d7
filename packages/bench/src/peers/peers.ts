/** What others' benchmarks need from the npm registry, at exact versions so that figures can be compared over time. */
export const PEERS = {
  'redis-streams': { ioredis: '6.0.0' },
  bullmq: { bullmq: '6.7.0', ioredis: '5.11.1' },
  jetstream: { '@nats-io/jetstream': '3.4.0', '@nats-io/transport-node': '3.4.0' },
  'graphile-worker': { 'graphile-worker': '0.18.0' },
  'pg-boss': { 'pg-boss': '12.38.0' },
  'node-red': { 'node-red': '5.0.7' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type PeerName = keyof typeof PEERS;
