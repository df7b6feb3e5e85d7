import type { Benchmark } from '../benchmark.ts';
import { programSide } from '../process/program-side.ts';

const CODE = 'code';
const EXPRESSIONS = 'expressions';

const some = (quick: number, full: number) => (isQuick: boolean) => ({ messages: isQuick ? quick : full });

/** Three nodes one after the other: ours with two durable hops between them, Node-RED's in memory. */
export const threeNodes: Benchmark = {
  name: 'three-nodes',
  figures: [
    { name: 'three-nodes', unit: 'messages/s', better: 'more', key: 'rate', of: CODE },
    { name: 'three-nodes-expressions', unit: 'messages/s', better: 'more', key: 'rate', of: EXPRESSIONS },
  ],
  ours: [
    programSide({
      name: CODE,
      program: 'engine-three-nodes',
      place: 'anywhere',
      setting: (quick) => ({ ...some(10_000, 60_000)(quick), nodes: CODE }),
    }),
    programSide({
      name: EXPRESSIONS,
      program: 'engine-three-nodes',
      place: 'anywhere',
      setting: (quick) => ({ ...some(2_000, 20_000)(quick), nodes: EXPRESSIONS }),
    }),
  ],
  others: [
    programSide({
      name: 'Node-RED, three function nodes in memory, 1,000 in flight',
      program: 'node-red-three-nodes',
      place: 'client',
      peer: 'node-red',
      setting: some(10_000, 60_000),
    }),
  ],
};
