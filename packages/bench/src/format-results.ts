import type { BenchmarkResult } from './benchmark.ts';

/** A line per benchmark: ours, the other side, and ours as a share of it. */
export function formatResults(results: readonly BenchmarkResult[]): string {
  const rows = results.map(({ name, unit, ours, baseline, baselineName, ratio }) => [
    name,
    `${formatRate(ours)} ${unit}`,
    `${formatRate(baseline)} ${unit}`,
    ratio.toFixed(2),
    baselineName,
  ]);
  const table = [['BENCHMARK', 'OURS', 'BASELINE', 'RATIO', 'BASELINE IS'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function formatRate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en-US');
}
