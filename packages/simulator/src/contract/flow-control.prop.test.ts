import { describe, expect, it } from 'vitest';
import { flowControlRun } from '../testing/flow-control-run.ts';

const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 100);
const FIRST = Number(process.env['SIMULATION_FIRST'] ?? 1);

describe('C2 V1 V2 V4 verbs of flow control at random, through deaths, pauses and standstills', () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    it(`keep their limits, and every message has one end, seed ${seed}`, async () => {
      expect(await flowControlRun(seed)).toEqual([]);
    });
  }

  // Of a batch that formed one message was taken alone, given back for others that were suspected, and taken again, for ever.
  it('a message that waits for a batch does not turn in circles with suspected ones, seed 1043', async () => {
    expect(await flowControlRun(1_043)).toEqual([]);
  });

  // The end of the work that had lost its lease was taken for that of the same message handed out anew.
  it('a message that is handed out anew keeps its singleton place when the work that lost it ends, seed 52', async () => {
    expect(await flowControlRun(52)).toEqual([]);
  });
});
