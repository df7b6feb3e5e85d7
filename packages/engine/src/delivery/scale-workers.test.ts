import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleWorkers, SHRINK_AFTER_MS, type WorkersNow } from './scale-workers.ts';

const plan = { min: 2, max: 20, depth: 10, ageMs: 5_000 };

function next(workers: number, seen: Partial<Parameters<typeof scaleWorkers>[0]['seen']> = {}): number {
  return scaleWorkers({
    plan,
    now: { workers, idleSinceMs: undefined },
    seen: { busiest: workers, waiting: 0, oldestAgeMs: 0, ...seen },
    nowMs: 0,
  }).workers;
}

describe('workers that follow the backlog', () => {
  it('grow by half while more wait for each than the depth', () => {
    expect([2, 3, 4, 6, 9, 13].map((workers) => next(workers, { waiting: 10 * workers + 1 }))).toEqual([
      3, 4, 6, 9, 13, 19,
    ]);
    expect(next(4, { waiting: 40 })).toBe(4);
  });

  it('grow while the oldest has waited longer than the age, if anything waits at all', () => {
    expect(next(4, { waiting: 1, oldestAgeMs: 5_001 })).toBe(6);
    expect(next(4, { waiting: 1, oldestAgeMs: 5_000 })).toBe(4);
    expect(next(4, { waiting: 0, oldestAgeMs: 60_000 })).toBe(4);
  });

  it('stay within min and max, whatever they were', () => {
    expect(next(19, { waiting: 1_000 })).toBe(20);
    expect(next(20, { waiting: 1_000 })).toBe(20);
    expect(next(40)).toBe(20);
    expect(next(1)).toBe(2);
  });

  it('do not grow while something else keeps them from working', () => {
    expect(next(4, { busiest: 3, waiting: 1_000, oldestAgeMs: 60_000 })).toBe(4);
  });

  it('shrink by one after each ten seconds in which some had nothing to do', () => {
    let now: WorkersNow = { workers: 5, idleSinceMs: undefined };
    const at: number[] = [];
    for (let nowMs = 0; nowMs <= 35_000; nowMs += 1_000) {
      const before = now.workers;
      now = scaleWorkers({ plan, now, seen: { busiest: 1, waiting: 0, oldestAgeMs: 0 }, nowMs });
      if (now.workers < before) at.push(nowMs);
    }
    expect([now.workers, at]).toEqual([2, [10_000, 20_000, 30_000]]);
  });

  it('begin the ten seconds anew when all were busy once', () => {
    const idle = { workers: 5, idleSinceMs: 0 };
    const busy = scaleWorkers({
      plan,
      now: idle,
      seen: { busiest: 5, waiting: 0, oldestAgeMs: 0 },
      nowMs: SHRINK_AFTER_MS,
    });
    expect(busy).toEqual({ workers: 5, idleSinceMs: undefined });
  });

  it('never leave their bounds, and never change by more than half', () => {
    const seen = fc.record({
      busiest: fc.nat(30),
      waiting: fc.nat(1_000),
      oldestAgeMs: fc.nat(20_000),
      passedMs: fc.nat(15_000),
    });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.array(seen, { maxLength: 50 }), (first, steps) => {
        let now: WorkersNow = { workers: first, idleSinceMs: undefined };
        let nowMs = 0;
        for (const step of steps) {
          const before = now.workers;
          nowMs += step.passedMs;
          now = scaleWorkers({ plan, now, seen: step, nowMs });
          expect(now.workers).toBeGreaterThanOrEqual(Math.max(plan.min, before - 1));
          expect(now.workers).toBeLessThanOrEqual(Math.min(plan.max, before + Math.max(1, Math.floor(before / 2))));
        }
      }),
    );
  });
});
