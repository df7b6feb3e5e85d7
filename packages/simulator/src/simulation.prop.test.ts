import { describe, expect, it } from 'vitest';
import { wrongsOf } from './testing/check-run.ts';
import { roughRun } from './testing/rough-run.ts';

const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 300);
const FIRST = Number(process.env['SIMULATION_FIRST'] ?? 1);

/** Seeds that once failed, by what went wrong. */
const REGRESSIONS = [
  [3, 'a page stored in parts was stored twice after a crash'],
  [51, 'a page stored in parts was stored twice after a crash, behind a push step'],
  [104, 'a commit of a partition failed while the next message was worked on, and nobody was there to hear it'],
  [152, "a commit that a crash cut off was nobody's rejection"],
] as const;

describe('C1 C2 C4 C11 a random pipeline through faults, crashes, pauses and new versions', () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    it(`keeps every promise, seed ${seed}`, async () => {
      expect(await wrongsOf(await roughRun(seed))).toEqual([]);
    });
  }

  for (const [seed, wrong] of REGRESSIONS) {
    it(`never again: ${wrong}, seed ${seed}`, async () => {
      expect(await wrongsOf(await roughRun(seed))).toEqual([]);
    });
  }

  it('C14 goes the same way again for the same seed', async () => {
    for (const seed of [3, 17, 42]) {
      const [once, twice] = [await roughRun(seed), await roughRun(seed)];
      expect(JSON.stringify(once.world.trace)).toBe(JSON.stringify(twice.world.trace));
      expect(once.world.target.calls).toEqual(twice.world.target.calls);
    }
  });
});
