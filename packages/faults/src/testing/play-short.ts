import { afterAll, describe, expect, test } from 'vitest';
import { startSharedDatabase, type SharedDatabase } from '../process/shared-database.ts';
import { runScenario } from '../run-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { SCENARIOS } from '../scenarios.ts';

/** Far above what a short run takes, for machines with much else to do. */
const PATIENCE_MS = 240_000;

/** Plays the scenarios of one area in their short form, one test each. Call it at the top of a test file. */
export function playShort(area: Scenario['area']): void {
  let database: Promise<SharedDatabase> | undefined;
  afterAll(async () => {
    if (database !== undefined) await (await database)[Symbol.asyncDispose]();
  });

  describe(`the built server and ${area}`, () => {
    for (const scenario of SCENARIOS.filter((one) => one.area === area)) {
      const { id, rules, title } = scenario;
      const missing = scenario.missing?.();
      const name = `${id} ${rules.join(' ')} ${title}${missing === undefined ? '' : ` (skipped: ${missing})`}`;
      test.skipIf(missing !== undefined)(
        name,
        async () => {
          const notes: string[] = [];
          const { outcome, folder } = await runScenario(scenario, {
            isLong: false,
            seed: Math.floor(Math.random() * 2 ** 31),
            database: () => (database ??= startSharedDatabase()),
            note: (line) => notes.push(line),
          });
          expect(outcome?.anomalies, `see ${folder}; ${notes.join('; ')}`).toEqual([]);
        },
        PATIENCE_MS,
      );
    }
  });
}
