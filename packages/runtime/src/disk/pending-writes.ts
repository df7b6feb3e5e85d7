import type { Clock } from '@sluice/engine';

/** What the store has been asked to write and has not answered yet. */
export interface PendingWrites {
  /** A write begins; the answer is called when it ends, however it ends. */
  begin(): () => void;
  /** How long the oldest has been waiting, in ms; 0 when none is. */
  oldestMs(): number;
}

export function createPendingWrites(clock: Pick<Clock, 'monotonicMs'>): PendingWrites {
  /** In the order in which they began. */
  const pending = new Set<{ readonly since: number }>();
  return {
    begin() {
      const one = { since: clock.monotonicMs() };
      pending.add(one);
      return () => void pending.delete(one);
    },
    oldestMs() {
      for (const { since } of pending) return clock.monotonicMs() - since;
      return 0;
    },
  };
}
