import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../contracts/test-clock.ts';
import { createRetryBudget, RETRIES_PER_SECOND_MIN, type RetryBudget } from './retry-budget.ts';

/** What was earned and what was spent, each with its time. */
interface Model {
  readonly share: number;
  readonly earned: { readonly at: number; readonly tokens: number }[];
  readonly spent: number[];
  /** Until when somebody was put off. */
  readonly waiting: Map<string, number>;
  newcomers: number;
}
interface Real {
  readonly clock: TestClock;
  readonly budget: RetryBudget;
}

/**
 * However one cuts the past: what was spent in a stretch of time is at most what the floor gives in it, and what was
 * earned in it and in the ten seconds before.
 */
const expectWithin = ({ earned, spent }: Model, now: number): void => {
  for (const [index, from] of spent.entries()) {
    const floor = RETRIES_PER_SECOND_MIN + ((now - from) * RETRIES_PER_SECOND_MIN) / 1_000;
    // Seconds of earning are whole ones: what was earned in the one that has begun to lapse may still be there.
    const kept = earned.filter(({ at }) => at > from - 11_000).reduce((sum, { tokens }) => sum + tokens, 0);
    expect(spent.length - index).toBeLessThanOrEqual(floor + kept + 1e-6);
  }
};

const ask = (model: Model, { clock, budget }: Real, who: string): void => {
  const now = clock.monotonicMs();
  const waitMs = budget.take(who);
  expect(waitMs).toBeGreaterThanOrEqual(0);
  expect(waitMs).toBeLessThanOrEqual(60_000);
  if (waitMs > 0) {
    model.waiting.set(who, now + waitMs);
    return;
  }
  model.waiting.delete(who);
  model.spent.push(now);
  expectWithin(model, now);
};

const named = (name: string, run: (model: Model, real: Real) => void): fc.Command<Model, Real> => ({
  check: () => true,
  run,
  toString: () => name,
});

const firstTries = (count: number): fc.Command<Model, Real> =>
  named(`firstTries(${count})`, (model, { clock, budget }) => {
    for (let n = 0; n < count; n += 1) budget.firstTry();
    model.earned.push({ at: clock.monotonicMs(), tokens: count * model.share });
  });
const retries = (count: number): fc.Command<Model, Real> =>
  named(`retries(${count})`, (model, real) => {
    for (let n = 0; n < count; n += 1) ask(model, real, `m${(model.newcomers += 1)}`);
  });
const retryNow = named('retryNow', (model, { clock, budget }) => {
  if (!budget.takeNow()) return;
  model.spent.push(clock.monotonicMs());
  expectWithin(model, clock.monotonicMs());
});
const success = named('success', (model, { clock, budget }) => {
  if (model.spent.length === 0) return;
  budget.giveBack();
  model.earned.push({ at: clock.monotonicMs(), tokens: 1 });
});
const advance = (ms: number): fc.Command<Model, Real> =>
  named(`advance(${ms})`, (_model, { clock }) => clock.advance(ms));
/** Time passes, and everybody who was put off asks again when told to, until a while is over. */
const comeBack = (ms: number): fc.Command<Model, Real> =>
  named(`comeBack(${ms})`, (model, real) => {
    const until = real.clock.monotonicMs() + ms;
    for (;;) {
      const [next] = [...model.waiting].toSorted(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > until) break;
      real.clock.advance(Math.max(0, next[1] - real.clock.monotonicMs()));
      ask(model, real, next[0]);
    }
    real.clock.advance(until - real.clock.monotonicMs());
  });

const share = fc.constantFrom(0, 0.1, 0.2, 0.5);
const steps = fc.commands(
  [
    fc.nat(300).map(firstTries),
    fc.nat(60).map(retries),
    fc.constant(retryNow),
    fc.constant(success),
    fc.oneof(fc.nat(900), fc.constantFrom(1_000, 10_000)).map(advance),
    fc.nat(3_000).map(comeBack),
  ],
  { maxCommands: 60 },
);

const begin = (ofShare: number): { model: Model; real: Real } => {
  const clock = createTestClock();
  return {
    model: { share: ofShare, earned: [], spent: [], waiting: new Map(), newcomers: 0 },
    real: { clock, budget: createRetryBudget({ share: ofShare, clock, random: { next: () => 0.5 } }) },
  };
};

describe('C6 retry budget, against what was earned and spent', () => {
  it('never gives more than was earned, beyond the floor', () => {
    fc.assert(
      fc.property(share, steps, (ofShare, history) => fc.modelRun(() => begin(ofShare), history)),
      { numRuns: 200 },
    );
  });

  it('gives everybody a turn in the end', () => {
    fc.assert(
      fc.property(share, steps, (ofShare, history) => {
        const { model, real } = begin(ofShare);
        fc.modelRun(() => ({ model, real }), history);
        // The floor alone brings ten of them through in a second; nobody waits a minute more than once for want of a promise.
        comeBack(120_000 + model.waiting.size * 200).run(model, real);
        expect(model.waiting.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
