import type { Clock } from '../ports/clock.ts';

const SECONDS = 10;

/** Counts events and answers their rate per second over the last ten full seconds. */
export interface RateWindow {
  readonly total: number;
  add(count: number): void;
  perSecond(): number;
}

export function createRateWindow(clock: Clock): RateWindow {
  const counts = new Float64Array(SECONDS + 1);
  const startedAt = clock.monotonicMs();
  let second = Math.floor(startedAt / 1_000);
  let total = 0;

  const turn = (): void => {
    const current = Math.floor(clock.monotonicMs() / 1_000);
    const steps = Math.min(counts.length, current - second);
    for (let step = 1; step <= steps; step += 1) counts[(second + step) % counts.length] = 0;
    second = current;
  };

  return {
    get total() {
      return total;
    },
    add(count) {
      turn();
      const index = second % counts.length;
      counts[index] = (counts[index] ?? 0) + count;
      total += count;
    },
    perSecond() {
      turn();
      // The running second is left out: it would make every figure too low by up to a tenth.
      const running = counts[second % counts.length] ?? 0;
      const sum = counts.reduce((all, value) => all + value, 0) - running;
      const age = Math.floor(clock.monotonicMs() / 1_000) - Math.floor(startedAt / 1_000);
      return age === 0 ? running : sum / Math.min(SECONDS, age);
    },
  };
}
