import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRandom } from '@sluice/testkit';
import type { SharedDatabase } from './process/shared-database.ts';
import { finding } from './finding.ts';
import type { Outcome, Scenario } from './scenario.ts';
import { createStage } from './stage.ts';

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly rounds: number;
  readonly seed: number;
  readonly seconds: number;
  /** Why it was not run. */
  readonly skipped?: string;
  readonly outcome?: Outcome;
  /** Histories, logs and data; kept only when something was found. */
  readonly folder?: string;
}

export interface RunOptions {
  readonly isLong: boolean;
  readonly seed: number;
  readonly rounds?: number;
  readonly database: () => Promise<SharedDatabase>;
  readonly note: (line: string) => void;
}

/** Plays a scenario on a stage of its own. An error becomes a finding, so that the others run all the same. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<ScenarioResult> {
  const { seed, isLong } = options;
  const rounds = options.rounds ?? (isLong ? scenario.rounds.long : scenario.rounds.short);
  const skipped = scenario.missing?.();
  if (skipped !== undefined) return { scenario, rounds: 0, seed, seconds: 0, skipped };
  const began = performance.now();
  const folder = await mkdtemp(path.join(tmpdir(), `sluice-faults-${scenario.id.toLowerCase()}-`));
  let outcome: Outcome;
  {
    await using stage = createStage({ ...options, folder, rounds, random: seededRandom(seed) });
    try {
      outcome = await scenario.run(stage);
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      outcome = { figures: { accepted: 0, lost: 0, repeated: 0, dead: 0 }, anomalies: [finding(what)] };
    }
    if (outcome.anomalies.length > 0) {
      for (const { name, history } of stage.lanes)
        await writeFile(path.join(folder, `${name}.history.jsonl`), history.toLines());
    }
  }
  const result = { scenario, rounds, seed, seconds: (performance.now() - began) / 1_000, outcome };
  if (outcome.anomalies.length > 0) return { ...result, folder };
  await rm(folder, { recursive: true, force: true });
  return result;
}
