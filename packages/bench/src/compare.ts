import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Benchmark, BenchmarkResult, Contender } from './benchmark.ts';

export interface CompareOptions {
  readonly quick: boolean;
  readonly rounds: number;
  readonly folder: string;
  /** Told after every measurement, for whoever waits. */
  readonly onMeasured: (side: 'ours' | 'baseline', value: number) => void;
}

/**
 * Measures both sides in turn, so that whatever else the machine does meets both, and takes the median of each. The
 * first measurement of each side warms it up and does not count; who goes first changes with every round.
 */
export async function compare(benchmark: Benchmark, options: CompareOptions): Promise<BenchmarkResult> {
  const { quick, rounds, onMeasured } = options;
  const folderOf = async (side: string): Promise<string> => {
    const folder = path.join(options.folder, `${benchmark.name}-${side}`);
    await mkdir(folder, { recursive: true });
    return folder;
  };
  await using ours = await benchmark.openOurs({ quick, folder: await folderOf('ours') });
  await using baseline = await benchmark.openBaseline({ quick, folder: await folderOf('baseline') });
  await ours.measure();
  await baseline.measure();
  const values = { ours: [] as number[], baseline: [] as number[] };
  const measure = async (side: 'ours' | 'baseline', contender: Contender): Promise<void> => {
    const value = await contender.measure();
    values[side].push(value);
    onMeasured(side, value);
  };
  for (let round = 0; round < rounds; round += 1) {
    const order = [() => measure('ours', ours), () => measure('baseline', baseline)];
    for (const next of round % 2 === 0 ? order : order.reverse()) await next();
  }
  const { name, unit, baselineName } = benchmark;
  const [ourMedian, baselineMedian] = [median(values.ours), median(values.baseline)];
  return { name, unit, ours: ourMedian, baseline: baselineMedian, baselineName, ratio: ourMedian / baselineMedian };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('the median of nothing is not defined');
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
