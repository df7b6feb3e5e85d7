import type { Clock } from '../ports/clock.ts';

/** Buckets grow by a twelfth of an octave: a percentile is at most 6 % off. From 0.05 ms to about 9 hours. */
const STEPS_PER_OCTAVE = 12;
const LOWEST_MS = 0.05;
const BUCKETS = 360;
const SLOTS = 10;
const SLOT_MS = 1_000;

/** Latencies of the last ten seconds as percentiles, in constant memory. */
export interface LatencyWindow {
  record(ms: number): void;
  /** `null` when nothing was recorded in the window. */
  percentiles(): { readonly p50: number; readonly p95: number; readonly p99: number } | null;
}

export function createLatencyWindow(clock: Clock): LatencyWindow {
  // Slots are made when first used: most wires of an idle pipeline never need them.
  const slots: (Uint32Array | undefined)[] = Array.from({ length: SLOTS });
  let slot = Math.floor(clock.monotonicMs() / SLOT_MS);

  const turn = (): void => {
    const current = Math.floor(clock.monotonicMs() / SLOT_MS);
    const steps = Math.min(SLOTS, current - slot);
    for (let step = 1; step <= steps; step += 1) slots[(slot + step) % SLOTS] = undefined;
    slot = current;
  };

  return {
    record(ms) {
      turn();
      const index = slot % SLOTS;
      const counts = (slots[index] ??= new Uint32Array(BUCKETS));
      const bucket = bucketOf(ms);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    },
    percentiles() {
      turn();
      const sum = new Float64Array(BUCKETS);
      let total = 0;
      for (const counts of slots) {
        if (counts === undefined) continue;
        for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
          const count = counts[bucket] ?? 0;
          if (count === 0) continue;
          sum[bucket] = (sum[bucket] ?? 0) + count;
          total += count;
        }
      }
      if (total === 0) return null;
      return { p50: quantile(sum, total, 0.5), p95: quantile(sum, total, 0.95), p99: quantile(sum, total, 0.99) };
    },
  };
}

function bucketOf(ms: number): number {
  if (!(ms > LOWEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log2(ms / LOWEST_MS) * STEPS_PER_OCTAVE));
}

function quantile(counts: Float64Array, total: number, share: number): number {
  let left = total * share;
  for (let bucket = 0; bucket < counts.length; bucket += 1) {
    left -= counts[bucket] ?? 0;
    if (left <= 0) return round(LOWEST_MS * 2 ** ((bucket - 0.5) / STEPS_PER_OCTAVE));
  }
  return round(LOWEST_MS * 2 ** (counts.length / STEPS_PER_OCTAVE));
}

function round(ms: number): number {
  return ms < 10 ? Math.round(ms * 100) / 100 : Math.round(ms);
}
