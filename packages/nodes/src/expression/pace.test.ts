import type { CancelSignal, Json } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { compileExpression } from './compile-expression.ts';
import { createSeededRandom } from './seeded-random.ts';

const ENDLESS = '($f := function($x){ $f($x + 1) }; $f(0))';
const NEVER: CancelSignal = { cancelled: false, onCancel: () => () => {} };

const toTaskQueue = () => new Promise<void>((resolve) => void setImmediate(resolve));

async function compiled(text: string, breathe?: () => Promise<void>) {
  const result = await compileExpression(text, [], breathe);
  if (!result.ok) throw new Error(result.message);
  return (input: Json = {}, signal = NEVER) =>
    result.expression.evaluate(input, { now: () => 0, random: createSeededRandom('seed'), signal });
}

/**
 * The usual time between two turns of the task queue while the work lasts, in ms; the whole time where there was no turn.
 * The median, because a machine that is busy with other programs stops this one for longer now and then.
 */
async function usualGap(work: Promise<unknown>): Promise<number> {
  const gaps: number[] = [];
  let last = performance.now();
  let over = false;
  const measure = (): void => {
    gaps.push(performance.now() - last);
    last = performance.now();
  };
  const turn = (): void => {
    if (over) return;
    measure();
    setImmediate(turn);
  };
  setImmediate(turn);
  await work.finally(() => (over = true));
  measure();
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? Number.POSITIVE_INFINITY;
}

describe('an expression that gives others a turn', () => {
  test.each([
    [ENDLESS],
    ['$map([1..10000], function($i){ $map([1..10000], function($j){ $j }) })'],
    // Evaluated side by side.
    ['[1, 2, 3]{ $string($): ($f := function($x){ $f($x + 1) }; $f(0)) }'],
  ])('%s leaves the task queue turning until its time is up, for good', { timeout: 20_000 }, async (text) => {
    const evaluate = await compiled(text, toTaskQueue);
    const outcome = expect(evaluate()).rejects.toMatchObject({ code: 'expression-timeout', retryable: false });
    expect(await usualGap(outcome)).toBeLessThan(50);
  });

  test('is not charged for the time it waits for its turn', async () => {
    let breaths = 0;
    const slowly = async (): Promise<void> => {
      breaths += 1;
      const began = performance.now();
      // Longer than the whole time that the expression has.
      while (breaths === 1 && performance.now() - began < 1_200) await toTaskQueue();
    };
    const evaluate = await compiled('$sum($map([1..30000], function($i){ $i % 7 }))', slowly);
    expect(await evaluate()).toBe(90_000);
    expect(breaths).toBeGreaterThan(1);
  });

  test('ends when nobody waits any more', async () => {
    let cancelled = false;
    const listeners: (() => void)[] = [];
    const signal: CancelSignal = {
      get cancelled() {
        return cancelled;
      },
      onCancel(listener) {
        listeners.push(listener);
        return () => {};
      },
    };
    let breaths = 0;
    const breathe = async (): Promise<void> => {
      breaths += 1;
      if (breaths === 3) {
        cancelled = true;
        for (const listener of listeners) listener();
      }
      await toTaskQueue();
    };
    const evaluate = await compiled(ENDLESS, breathe);
    await expect(evaluate({}, signal)).rejects.toMatchObject({ code: 'expression-cancelled', retryable: true });
    for (let turn = 0; turn < 20; turn += 1) await toTaskQueue();
    expect(breaths).toBe(3);
  });

  test('pauses between many short evaluations, too', async () => {
    const evaluate = await compiled('$sum($map([1..300], function($i){ $i }))', toTaskQueue);
    const many = async (): Promise<void> => {
      for (let item = 0; item < 300; item += 1) expect(await evaluate()).toBe(45_150);
    };
    expect(await usualGap(many())).toBeLessThan(50);
  });

  test('still has a bound on its depth', async () => {
    const evaluate = await compiled('($f := function($n){ 1 + $f($n + 1) }; $f(0))', toTaskQueue);
    await expect(evaluate()).rejects.toMatchObject({ code: 'expression-limit', retryable: false });
  });
});

test('without turns to give, running out of wall time may be the machine and is tried again', async () => {
  const evaluate = await compiled(ENDLESS);
  await expect(evaluate()).rejects.toMatchObject({ code: 'expression-timeout', retryable: true });
});
