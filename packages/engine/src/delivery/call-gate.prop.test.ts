import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../contracts/test-clock.ts';
import { createCallGate, type CallGate } from './call-gate.ts';
import { createCancel } from './cancel.ts';

const CONCURRENCY = 2;
const LINE = 3;

/** What became of each call, as its caller was told. */
interface Told {
  readonly letIn: Map<number, () => void>;
  readonly refused: Map<number, string>;
}
interface Model {
  /** In order of arrival. */
  line: { readonly id: number; readonly priority: number; readonly endsAt: number }[];
  readonly atWork: Set<number>;
  readonly overflow: 'reject' | 'shed';
  calls: number;
  done: number;
}
interface Real extends Told {
  readonly clock: TestClock;
  readonly gate: CallGate;
}

/** Lets promises that have become ready tell so. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

const expectAlike = async (model: Model, real: Real): Promise<void> => {
  await settle();
  expect(real.gate.active()).toBe(model.atWork.size);
  expect(real.gate.waiting()).toBe(model.line.length);
  expect(real.gate.places()).toBe(CONCURRENCY - model.atWork.size + LINE - model.line.length);
  // Everybody is at work, in line, or has been told: nobody is forgotten.
  expect(new Set(real.letIn.keys())).toEqual(model.atWork);
  expect(real.refused.size + model.atWork.size + model.line.length).toBe(model.calls - model.done);
};

const enter = (priority: number, deadlineMs: number): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  async run(model, real) {
    const id = (model.calls += 1);
    real.gate.enter({ deadlineMs, priority, signal: createCancel().signal }).then(
      (leave) => real.letIn.set(id, leave),
      (error: { readonly code: string }) => real.refused.set(id, error.code),
    );
    await settle();
    const endsAt = real.clock.monotonicMs() + deadlineMs;
    if (model.atWork.size < CONCURRENCY) model.atWork.add(id);
    else if (model.line.length < LINE) model.line.push({ id, priority, endsAt });
    else if (model.overflow === 'reject') expect(real.refused.get(id)).toBe('wire-busy');
    else {
      const lowest = Math.min(...model.line.map((place) => place.priority));
      const victim = model.line.find((place) => place.priority === lowest);
      if (victim === undefined || lowest >= priority) expect(real.refused.get(id)).toBe('shed');
      else {
        expect(real.refused.get(victim.id)).toBe('shed');
        model.line = [...model.line.filter((place) => place !== victim), { id, priority, endsAt }];
      }
    }
    await expectAlike(model, real);
  },
  toString: () => `enter(${priority}, ${deadlineMs})`,
});

const leave = (which: number): fc.AsyncCommand<Model, Real> => ({
  check: (model) => model.atWork.size > 0,
  async run(model, real) {
    const id = [...model.atWork][which % model.atWork.size] ?? 0;
    model.atWork.delete(id);
    const before = new Set(real.letIn.keys());
    const out = real.letIn.get(id);
    real.letIn.delete(id);
    model.done += 1;
    out?.();
    await settle();
    const [next] = [...real.letIn.keys()].filter((other) => !before.has(other));
    if (model.line.length > 0) {
      const highest = Math.max(...model.line.map((place) => place.priority));
      const [oldest] = model.line;
      const turn = model.line.find((place) => place.id === next);
      // The highest and first come, or at some turns the one that has waited longest.
      const expected = [model.line.find((place) => place.priority === highest), oldest];
      expect(expected).toContain(turn);
      model.line = model.line.filter((place) => place !== turn);
      if (turn !== undefined) model.atWork.add(turn.id);
    }
    await expectAlike(model, real);
  },
  toString: () => `leave(${which})`,
});

const advance = (ms: number): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  async run(model, real) {
    real.clock.advance(ms);
    await settle();
    const now = real.clock.monotonicMs();
    for (const place of model.line)
      if (place.endsAt <= now) expect(real.refused.get(place.id)).toBe('deadline-exceeded');
    model.line = model.line.filter((place) => place.endsAt > now);
    await expectAlike(model, real);
  },
  toString: () => `advance(${ms})`,
});

describe('C5 call gate, against a list of who stands where', () => {
  it('lets in, refuses and lets make way as the list has it', async () => {
    const steps = fc.commands(
      [
        fc.tuple(fc.nat(9), fc.constantFrom(100, 1_000, 5_000)).map(([priority, ms]) => enter(priority, ms)),
        fc.nat(5).map(leave),
        fc.constantFrom(50, 500, 2_000).map(advance),
      ],
      { maxCommands: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('reject', 'shed'), steps, async (overflow, history) => {
        const clock = createTestClock();
        await fc.asyncModelRun(() => {
          const model: Model = { line: [], atWork: new Set(), overflow, calls: 0, done: 0 };
          const gate = createCallGate({
            wireId: 'w',
            concurrency: CONCURRENCY,
            line: LINE,
            overflow,
            clock,
            calling: () => null,
            onLeave: () => {},
          });
          return { model, real: { clock, gate, letIn: new Map(), refused: new Map() } };
        }, history);
      }),
      { numRuns: 60 },
    );
  });
});
