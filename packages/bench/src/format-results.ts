import type { BenchmarkResult } from './benchmark.ts';

/** A line for each figure and other side: ours, the other's, and ours as a share of it. Figures of one kind stand together. */
export function formatResults(results: readonly BenchmarkResult[]): string {
  const rows = results.map((result, index) => {
    const { name, unit, better, ours, baseline, baselineName, ratio, absent } = result;
    const isRepeated = results[index - 1]?.name === name;
    return [
      isRepeated ? '' : name,
      isRepeated ? '' : `${formatValue(ours)} ${unit}`,
      baseline === null ? 'absent' : formatValue(baseline),
      ratio === null ? '-' : formatRatio(ratio),
      better,
      absent === undefined ? baselineName : `${baselineName} (${absent})`,
    ];
  });
  const table = [['BENCHMARK', 'OURS', 'BASELINE', 'RATIO', 'BETTER', 'BASELINE IS'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => align(cell, column, widths))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Columns of numbers end under each other. */
const NUMBER_COLUMNS: ReadonlySet<number> = new Set([2, 3]);

function align(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return NUMBER_COLUMNS.has(column) ? cell.padStart(width) : cell.padEnd(width);
}

function formatValue(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function formatRatio(ratio: number): string {
  return ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(2);
}
