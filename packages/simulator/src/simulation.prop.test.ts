import { describe, expect, it } from 'vitest';
import { wrongsOf } from './testing/check-run.ts';
import { roughRun } from './testing/rough-run.ts';

const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 120);
const FIRST = Number(process.env['SIMULATION_FIRST'] ?? 1);

describe('C1 C2 C4 C11 a random pipeline through faults, crashes, pauses and new versions', () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    it(`keeps every promise, seed ${seed}`, async () => {
      expect(await wrongsOf(await roughRun(seed))).toEqual([]);
    });
  }
});
