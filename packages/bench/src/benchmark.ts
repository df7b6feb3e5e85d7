/** What one measurement found, by key. The keys are those that the benchmark's figures name. */
export type Measured = Readonly<Record<string, number>>;

/** One side of a comparison, ready to be measured again and again. */
export interface Contender extends AsyncDisposable {
  /** Does the work once. Rejects when the work was not done right: a message that is missing or came twice is no speed. */
  measure(): Promise<Measured>;
}

export interface BenchmarkScale {
  /** Short enough for a check in passing; the figures then say little. */
  readonly quick: boolean;
  /** An empty folder of this side alone, on a real disk. */
  readonly folder: string;
}

/** A way of doing the work. */
export interface Side {
  /** What it is, and with which promise: sync mode, persistence, settings. Shown to readers. */
  readonly name: string;
  /** Rejects with `AbsentError` where this machine does not have what it takes. */
  open(scale: BenchmarkScale): Promise<Contender>;
}

/** A number that a benchmark is about. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** What measurements call it. */
  readonly key: string;
  /** Name of our side that it is read from. Absent: the only one. */
  readonly of?: string;
  /** A bound that we set ourselves, in the figure's unit: an entry of its own. */
  readonly limit?: number;
  /** Another value of the same measurement to hold it against: an entry of its own. */
  readonly beside?: { readonly key: string; readonly name: string };
}

/** Our ways of doing something beside other ways of doing the same. */
export interface Benchmark {
  readonly name: string;
  readonly figures: readonly Figure[];
  readonly ours: readonly Side[];
  readonly others: readonly Side[];
  /** Counted measurements of each side. Absent: 3 when quick, else 5. */
  readonly rounds?: { readonly quick: number; readonly full: number };
}

/** One figure of ours held against one other: an entry of the JSON that `bench --json` prints. */
export interface BenchmarkResult {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** Median of the rounds. */
  readonly ours: number;
  /** Least and most of the rounds. */
  readonly oursRange: readonly [number, number];
  /** `null` when the other side is absent. */
  readonly baseline: number | null;
  readonly baselineRange: readonly [number, number] | null;
  readonly baselineName: string;
  /** Ours divided by the baseline's, whichever way is better; `null` when the other side is absent, or its figure is zero. */
  readonly ratio: number | null;
  /** Why there is no baseline. */
  readonly absent?: string;
}
