// bench [--quick] [--only NAME] [--json]: our numbers beside others', measured in one run.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { compare } from './compare.ts';
import { durableQueue } from './durable-queue/durable-queue.ts';
import { formatResults } from './format-results.ts';
import { signedWebhook } from './signed-webhook/signed-webhook.ts';

const BENCHMARKS: readonly Benchmark[] = [durableQueue, signedWebhook];

process.exitCode = await main();

async function main(): Promise<number> {
  const read = readOptions();
  if (!read.ok) {
    process.stderr.write(
      `bench: ${read.complaint}\nUsage: bench [--quick] [--only NAME] [--json], NAME being one of: ${BENCHMARKS.map(({ name }) => name).join(', ')}\n`,
    );
    return 2;
  }
  const { quick, json, chosen } = read;
  const results: BenchmarkResult[] = [];
  const folder = await makeFolder();
  try {
    for (const benchmark of chosen) {
      process.stderr.write(`${benchmark.name} `);
      results.push(
        await compare(benchmark, { quick, rounds: quick ? 3 : 5, folder, onMeasured: () => process.stderr.write('.') }),
      );
      process.stderr.write('\n');
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  process.stdout.write(json ? `${JSON.stringify(results, null, 2)}\n` : formatResults(results));
  return 0;
}

type Options =
  | { readonly ok: true; readonly quick: boolean; readonly json: boolean; readonly chosen: readonly Benchmark[] }
  | { readonly ok: false; readonly complaint: string };

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' } },
    });
    const { only, quick = false, json = false } = values;
    const chosen = BENCHMARKS.filter(({ name }) => only === undefined || name === only);
    return chosen.length === 0
      ? { ok: false, complaint: `"${only}" is not a benchmark.` }
      : { ok: true, quick, json, chosen };
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, complaint: error.message };
    throw error;
  }
}

/** Beside the packages, because the system's folder for temporary files is in memory on many machines, where syncing costs nothing. */
async function makeFolder(): Promise<string> {
  const parent = path.join(import.meta.dirname, '..', 'node_modules', '.cache');
  await mkdir(parent, { recursive: true });
  return mkdtemp(path.join(parent, 'bench-'));
}
