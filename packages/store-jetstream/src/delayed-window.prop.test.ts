import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Delayed, DelayedWindow } from './delayed-window.ts';

const MAX = 4;

interface Outside {
  readonly window: DelayedWindow;
  /** Everything that waits, as the records on the server have it. */
  readonly waiting: Map<number, Delayed>;
}

/** As a queue uses it: filled when it is empty and something waits outside. */
function takeFirst({ window, waiting }: Outside): Delayed | undefined {
  if (window.size === 0 && waiting.size > 0) window.fill(waiting.values());
  const first = window.takeFirst();
  if (first !== undefined) waiting.delete(first.position);
  return first;
}

const steps = fc.array(fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }), { maxLength: 60 });

it('gives what waits in the order in which it is due, however little fits', () => {
  fc.assert(
    fc.property(fc.boolean(), steps, (isEmpty, dueTimes) => {
      const outside: Outside = { window: new DelayedWindow(MAX, { isEmpty }), waiting: new Map() };
      for (const [position, dueAt] of dueTimes.entries()) {
        if (dueAt === undefined) {
          const earliest = Math.min(...[...outside.waiting.values()].map((one) => one.dueAt));
          const first = takeFirst(outside);
          expect(first?.dueAt ?? Infinity).toBe(earliest);
          continue;
        }
        const delayed: Delayed = { position, kind: '4', bytes: 1, enqueuedAt: 0, isTried: true, dueAt };
        outside.waiting.set(position, delayed);
        outside.window.add(delayed);
        expect(outside.window.size).toBeLessThanOrEqual(MAX);
      }
    }),
    { numRuns: 300 },
  );
});

it('knows what it holds by its position, and lets go of it', () => {
  const window = new DelayedWindow(MAX, { isEmpty: true });
  for (const position of [1, 2, 3, 4, 5])
    window.add({ position, kind: '4', bytes: 1, enqueuedAt: 0, isTried: true, dueAt: 10 - position });
  expect([...window].map(({ position }) => position)).toEqual([5, 4, 3, 2]);
  window.remove(4);
  window.remove(1); // it stands outside
  expect(window.get(4)).toBeUndefined();
  expect([...window].map(({ position }) => position)).toEqual([5, 3, 2]);
});
