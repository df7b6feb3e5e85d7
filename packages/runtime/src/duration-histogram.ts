/** Cumulative counts per upper bound, as Prometheus wants them; the last count includes everything. */
export interface HistogramSnapshot {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

export interface DurationHistogram {
  observe(seconds: number): void;
  snapshot(): HistogramSnapshot;
}

export const COMMIT_BOUNDS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] as const;

export function createDurationHistogram(bounds: readonly number[]): DurationHistogram {
  const inBucket = bounds.map(() => 0);
  let sum = 0;
  let count = 0;
  return {
    observe(seconds) {
      sum += seconds;
      count += 1;
      const index = bounds.findIndex((bound) => seconds <= bound);
      if (index !== -1) inBucket[index] = (inBucket[index] ?? 0) + 1;
    },
    snapshot() {
      let running = 0;
      return { bounds, counts: inBucket.map((value) => (running += value)), sum, count };
    },
  };
}
