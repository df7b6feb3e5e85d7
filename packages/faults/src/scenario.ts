import type { Anomaly } from './history/checkers.ts';
import type { Stage } from './stage.ts';

/** One kind of fault, put to the real server again and again, and what must hold after it. */
export interface Scenario {
  /** Of the catalogue of acceptance tests, such as `R-02`. */
  readonly id: string;
  /** Where the fault lies; short runs of different areas may run beside each other. */
  readonly area: 'disks' | 'processes' | 'loads';
  readonly title: string;
  /** Rules of the delivery contract (docs/engine-spec.md) that it proves. */
  readonly rules: readonly string[];
  /** One sentence: what it shows when it passes. */
  readonly shows: string;
  readonly rounds: {
    readonly short: number;
    readonly long: number;
    /** What is counted, such as "kills". */
    readonly of: string;
  };
  /** Why this machine cannot run it. Without this it runs everywhere. */
  readonly missing?: () => string | undefined;
  run(stage: Stage): Promise<Outcome>;
}

export interface Outcome {
  readonly figures: Figures;
  /** Empty when everything held. */
  readonly anomalies: readonly Anomaly[];
}

export interface Figures {
  /** Values whose senders were told that they are kept. */
  readonly accepted: number;
  /** Of these, how many were nowhere afterwards. */
  readonly lost: number;
  /** Deliveries of what the sink had taken before, always under the same id. */
  readonly repeated: number;
  /** Values that were given up, with a reason. */
  readonly dead: number;
  /** The longest start after a fault, until ready. */
  readonly restartMs?: number;
  /** What else this scenario measures, by name with unit. */
  readonly more?: Readonly<Record<string, number | string>>;
}
