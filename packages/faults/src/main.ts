// faults [--only R-02] [--rounds N] [--short] [--seed N] [--json FILE]: the server under faults, and a table of what it did.
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startSharedDatabase, type SharedDatabase } from './process/shared-database.ts';
import { formatReport, reportOf } from './report.ts';
import { runScenario, type ScenarioResult } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

process.exitCode = await main();

async function main(): Promise<number> {
  const read = readOptions();
  if (!read.ok) {
    process.stderr.write(
      `faults: ${read.complaint}\nUsage: faults [--only ID] [--rounds N] [--short] [--seed N] [--json FILE], ID being one of: ${SCENARIOS.map(({ id }) => id).join(', ')}\n`,
    );
    return 2;
  }
  const { chosen, seed, isLong, rounds, jsonFile } = read;
  let database: Promise<SharedDatabase> | undefined;
  const results: ScenarioResult[] = [];
  try {
    for (const scenario of chosen) {
      process.stderr.write(`${scenario.id} ${scenario.title} ... `);
      const result = await runScenario(scenario, {
        isLong,
        seed,
        ...(rounds === undefined ? {} : { rounds }),
        database: () => (database ??= startSharedDatabase()),
        note: (line) => process.stderr.write(`\n  ${line} `),
      });
      results.push(result);
      process.stderr.write(`${verdictOf(result)}\n`);
    }
  } finally {
    if (database !== undefined) await (await database)[Symbol.asyncDispose]();
  }
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(reportOf(results), null, 2)}\n`);
  process.stdout.write(formatReport(results));
  return results.some(({ outcome }) => (outcome?.anomalies.length ?? 0) > 0) ? 1 : 0;
}

function verdictOf({ outcome, skipped, folder, seconds }: ScenarioResult): string {
  if (outcome === undefined) return `skipped: ${skipped}`;
  const time = `${seconds.toFixed(1)} s`;
  if (outcome.anomalies.length === 0) return `held, ${time}`;
  const shown = outcome.anomalies.slice(0, 10).map(({ name, detail }) => `\n  ${name}: ${detail}`);
  return `${outcome.anomalies.length} findings, ${time}; see ${folder}${shown.join('')}`;
}

type Options =
  | {
      readonly ok: true;
      readonly chosen: readonly Scenario[];
      readonly isLong: boolean;
      readonly seed: number;
      readonly rounds: number | undefined;
      readonly jsonFile: string | undefined;
    }
  | { readonly ok: false; readonly complaint: string };

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true },
        rounds: { type: 'string' },
        seed: { type: 'string' },
        short: { type: 'boolean' },
        json: { type: 'string' },
      },
    });
    const { only = SCENARIOS.map(({ id }) => id), short = false, json } = values;
    const unknown = only.find((wanted) => !SCENARIOS.some(({ id }) => id === wanted));
    if (unknown !== undefined) return { ok: false, complaint: `"${unknown}" is not a scenario.` };
    const rounds = wholeNumber(values.rounds);
    const seed = wholeNumber(values.seed);
    if (rounds === 'wrong' || rounds === 0) return { ok: false, complaint: '--rounds must be a whole number from 1.' };
    if (seed === 'wrong') return { ok: false, complaint: '--seed must be a whole number from 0.' };
    return {
      ok: true,
      chosen: SCENARIOS.filter(({ id }) => only.includes(id)),
      isLong: !short,
      seed: seed ?? Math.floor(Math.random() * 2 ** 31),
      rounds,
      jsonFile: json,
    };
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, complaint: error.message };
    throw error;
  }
}

function wholeNumber(text: string | undefined): number | 'wrong' | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,9}$/.test(text) ? Number(text) : 'wrong';
}
