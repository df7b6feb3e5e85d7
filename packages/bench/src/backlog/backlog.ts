import type { Benchmark } from '../benchmark.ts';
import { programSide } from '../process/program-side.ts';

/** What a long queue costs: memory, and speed when it drains. */
export const backlog: Benchmark = {
  name: 'backlog',
  figures: [
    { name: 'backlog-memory', unit: 'MB of anonymous memory more', better: 'less', key: 'growth', limit: 60 },
    {
      name: 'backlog-memory-peak',
      unit: 'MB at the most, filling and draining',
      better: 'less',
      key: 'peak',
      limit: 60,
    },
    {
      name: 'backlog-drain',
      unit: 'messages/s in the last tenth',
      better: 'more',
      key: 'last',
      beside: { key: 'first', name: 'the first tenth of the same drain' },
    },
  ],
  ours: [
    programSide({
      name: 'engine',
      program: 'engine-backlog',
      place: 'anywhere',
      nodeFlags: ['--expose-gc'],
      setting: (quick) => ({ messages: quick ? 20_000 : 1_000_000 }),
    }),
  ],
  others: [],
  rounds: { quick: 1, full: 1 },
};
