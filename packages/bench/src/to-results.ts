import type { Benchmark, BenchmarkResult, Figure } from './benchmark.ts';
import type { SideOutcome } from './measure-sides.ts';
import { median } from './percentile.ts';

interface Spread {
  readonly median: number;
  readonly range: readonly [number, number];
}

/** Holds each figure of ours against its limit, against the value beside it, and against every other side that has it. */
export function toResults(
  benchmark: Benchmark,
  outcomes: ReadonlyMap<string, SideOutcome>,
): readonly BenchmarkResult[] {
  return benchmark.figures.flatMap((figure) => {
    const ownName = figure.of ?? benchmark.ours[0]?.name ?? '';
    const own = outcomes.get(ownName);
    // What is ours is never absent: it does not open, and the benchmark fails.
    if (own?.kind !== 'measured')
      throw new Error(`${benchmark.name}: our side ${ownName} was not measured: ${own?.reason ?? 'it is unknown'}`);
    const ours = spreadOf(own, figure.key);
    const against = (baseline: Spread | undefined, baselineName: string): BenchmarkResult =>
      entry({ figure, ours, baseline, baselineName });
    const results: BenchmarkResult[] = [];
    if (figure.limit !== undefined)
      results.push(against({ median: figure.limit, range: [figure.limit, figure.limit] }, LIMIT_NAME));
    if (figure.beside !== undefined) results.push(against(spreadOf(own, figure.beside.key), figure.beside.name));
    for (const { name } of benchmark.others) {
      const other = outcomes.get(name);
      if (other === undefined) continue;
      if (other.kind === 'absent') results.push({ ...against(undefined, name), absent: other.reason });
      else if (other.rounds.some((measured) => figure.key in measured))
        results.push(against(spreadOf(other, figure.key), name));
    }
    return results;
  });
}

const LIMIT_NAME = 'our limit';

function spreadOf(outcome: SideOutcome & { readonly kind: 'measured' }, key: string): Spread {
  const values = outcome.rounds.map((measured) => {
    const value = measured[key];
    if (value === undefined || !Number.isFinite(value)) throw new Error(`a measurement has no ${key}: ${value}`);
    return value;
  });
  return { median: median(values), range: [Math.min(...values), Math.max(...values)] };
}

function entry(o: {
  readonly figure: Figure;
  readonly ours: Spread;
  readonly baseline: Spread | undefined;
  readonly baselineName: string;
}): BenchmarkResult {
  const { figure, ours, baseline, baselineName } = o;
  const { name, unit, better } = figure;
  return {
    name,
    unit,
    better,
    ours: ours.median,
    oursRange: ours.range,
    baseline: baseline?.median ?? null,
    baselineRange: baseline?.range ?? null,
    baselineName,
    ratio: baseline === undefined || baseline.median === 0 ? null : ours.median / baseline.median,
  };
}
