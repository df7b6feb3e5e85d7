import type { Benchmark } from '../benchmark.ts';
import { programSide } from '../process/program-side.ts';

const setting = (quick: boolean) => ({ seconds: quick ? 1 : 6 });

/** From the call that adds a message to the beginning of its handler, at 100 messages a second. */
export const wireLatency: Benchmark = {
  name: 'wire-latency',
  figures: [
    { name: 'wire-latency-p50', unit: 'ms', better: 'less', key: 'p50', limit: 2 },
    { name: 'wire-latency-p99', unit: 'ms', better: 'less', key: 'p99', limit: 10 },
  ],
  ours: [programSide({ name: 'engine', program: 'engine-latency', place: 'anywhere', setting })],
  others: [
    programSide({
      name: 'raw LMDB, put, hand-out and removal each synced',
      program: 'raw-lmdb-latency',
      place: 'anywhere',
      setting,
    }),
  ],
};
