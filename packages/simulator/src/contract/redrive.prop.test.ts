import { describe, expect, it } from 'vitest';
import { handsOnRun } from '../testing/hands-on-run.ts';

const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 60);
const FIRST = Number(process.env['SIMULATION_FIRST'] ?? 1);

describe('O1 O6 redrives, edits, discards, purges and replays at random, through deaths and pauses', () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    it(`keep every message in one place, seed ${seed}`, async () => {
      expect((await handsOnRun(seed)).wrongs).toEqual([]);
    });
  }

  it('happen: messages are delivered, and some are thrown away', async () => {
    const runs = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(handsOnRun));
    for (const { delivered } of runs) expect(delivered).toBeGreaterThan(20);
    expect(runs.reduce((sum, { discarded }) => sum + discarded, 0)).toBeGreaterThan(0);
  });
});
