/** One side of a comparison, ready to be measured again and again. */
export interface Contender extends AsyncDisposable {
  /** Does the work once and answers how much of the benchmark's unit it did. Rejects when the work was not done right. */
  measure(): Promise<number>;
}

export interface BenchmarkScale {
  /** Short enough for a check in passing; the figures then say little. */
  readonly quick: boolean;
  /** An empty folder of this run alone, on a real disk. */
  readonly folder: string;
}

/** Our way of doing something beside another way of doing the same, in one process or in one child process each. */
export interface Benchmark {
  readonly name: string;
  /** More is better: `messages/s`. */
  readonly unit: string;
  /** What the other side is, and with which promise: sync mode, persistence. */
  readonly baselineName: string;
  openOurs(scale: BenchmarkScale): Promise<Contender>;
  openBaseline(scale: BenchmarkScale): Promise<Contender>;
}

export interface BenchmarkResult {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number;
  readonly baselineName: string;
  /** Ours divided by the baseline's. */
  readonly ratio: number;
}
