import type { Overview } from '@sluice/protocol';

type OverviewEntry = Overview['pipelines'][number];

/** What went in and out at one moment, per second. */
interface RatePoint {
  readonly at: number;
  readonly rateIn: number;
  readonly rateOut: number;
  readonly depth: number;
}

export interface OverviewSample {
  readonly entry: OverviewEntry;
  /** What arrived while this page was open, oldest first, five minutes at most. */
  readonly points: readonly RatePoint[];
}

const POINTS_MAX = 300;

/** One line per deployed pipeline, kept by id. Listeners hear of their own pipeline only. */
export interface OverviewStore {
  readonly get: (pipelineId: string) => OverviewSample | undefined;
  readonly subscribe: (pipelineId: string, listener: () => void) => () => void;
  readonly apply: (overview: Overview) => void;
}

export function createOverviewStore(): OverviewStore {
  const samples = new Map<string, OverviewSample>();
  const listeners = new Map<string, Set<() => void>>();
  return {
    get: (pipelineId) => samples.get(pipelineId),
    subscribe: (pipelineId, listener) => {
      const set = listeners.get(pipelineId) ?? new Set();
      set.add(listener);
      listeners.set(pipelineId, set);
      return () => set.delete(listener);
    },
    apply: (overview) => {
      const present = new Set(overview.pipelines.map((entry) => entry.pipelineId));
      const gone = [...samples.keys()].filter((id) => !present.has(id));
      for (const id of gone) samples.delete(id);
      for (const entry of overview.pipelines) {
        const { rateIn, rateOut, depth } = entry.totals;
        const points = [
          ...(samples.get(entry.pipelineId)?.points ?? []),
          { at: overview.at, rateIn, rateOut, depth },
        ].slice(-POINTS_MAX);
        samples.set(entry.pipelineId, { entry, points });
      }
      for (const id of [...present, ...gone]) for (const listener of listeners.get(id) ?? []) listener();
    },
  };
}
