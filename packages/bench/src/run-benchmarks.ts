import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { measureSides } from './measure-sides.ts';
import { toResults } from './to-results.ts';
import { openWorkFolder } from './work-folder.ts';

/** Runs benchmarks one after the other. One that fails is named and does not keep the others from running. */
export async function runBenchmarks(
  benchmarks: readonly Benchmark[],
  o: { readonly quick: boolean; readonly say: (text: string) => void },
): Promise<{ readonly results: readonly BenchmarkResult[]; readonly failures: readonly string[] }> {
  const results: BenchmarkResult[] = [];
  const failures: string[] = [];
  await using folder = await openWorkFolder();
  for (const benchmark of benchmarks) {
    o.say(`${benchmark.name} `);
    try {
      const outcomes = await measureSides(benchmark, {
        quick: o.quick,
        folder: folder.path,
        onMeasured: () => o.say('.'),
      });
      results.push(...toResults(benchmark, outcomes));
    } catch (error) {
      failures.push(`${benchmark.name} failed: ${causesOf(error)}`);
    }
    o.say('\n');
  }
  return { results, failures };
}

function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${causesOf(error.cause)}`;
}
