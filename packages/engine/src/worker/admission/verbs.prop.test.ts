import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../../contracts/test-clock.ts';
import { createConcurrency } from './concurrency.ts';
import { createDebounce } from './debounce.ts';
import { createSingleton } from './singleton.ts';
import { aSubject } from './subjects-for-tests.ts';
import { createThrottle } from './throttle.ts';
import type { DiscardReason, End, Subject, Verb } from './verb.ts';

/** What the wire would know: where each message is, and when it may be looked at again. */
interface Model {
  readonly clock: TestClock;
  arrived: number;
  /** By position: when it is due, wall ms. */
  readonly waiting: Map<number, number>;
  readonly working: Map<number, string>;
  /** Every start, in order. */
  readonly starts: { readonly position: number; readonly who: string; readonly atMs: number }[];
  readonly discarded: { readonly position: number; readonly who: string; readonly reason: DiscardReason }[];
  readonly ended: number[];
}

interface Real {
  readonly verb: Verb;
  readonly subjects: Map<number, Subject>;
  /** Called at each start, before it is in the model. */
  readonly onStart: (model: Model, who: string) => void;
}

const WHOS = ['a', 'b', 'c'] as const;
const whoOf = (position: number): string => WHOS[((position * 7 + 3) % 5) % 3] ?? 'a';

function subjectAt(real: Real, model: Model, position: number): Subject {
  const subject =
    real.subjects.get(position) ??
    aSubject(position, { payload: { who: whoOf(position) }, enqueuedAt: model.clock.now() });
  real.subjects.set(position, subject);
  return subject;
}

/** As a feed does: what is ready is looked at in order of position. */
function lookAtAll(model: Model, real: Real): void {
  for (const [position, dueAt] of [...model.waiting].toSorted(([a], [b]) => a - b)) {
    if (dueAt > model.clock.now()) continue;
    const subject = subjectAt(real, model, position);
    const verdict = real.verb.judge(subject);
    const who = whoOf(position);
    switch (verdict.kind) {
      case 'admit':
        model.waiting.delete(position);
        real.onStart(model, who);
        real.verb.started(subject);
        subject.held.cancel = () => {};
        model.working.set(position, who);
        model.starts.push({ position, who, atMs: model.clock.monotonicMs() });
        break;
      case 'later':
        expect(verdict.dueAt).toBeGreaterThan(model.clock.now());
        model.waiting.set(position, verdict.dueAt);
        break;
      case 'discard':
        model.waiting.delete(position);
        model.discarded.push({ position, who, reason: verdict.reason });
        break;
      case 'wait':
        break;
    }
  }
}

function endOldest(model: Model, real: Real, end: End): void {
  const [first] = model.working;
  if (first === undefined) return;
  const [position, who] = first;
  const subject = subjectAt(real, model, position);
  model.working.delete(position);
  subject.held.cancel = undefined;
  real.verb.ended(subject, end);
  if (subject.held.discardAs !== undefined) {
    model.discarded.push({ position, who, reason: subject.held.discardAs });
    return;
  }
  if (end.kind === 'over') model.ended.push(position);
  if (end.kind === 'released') {
    model.starts.splice(
      model.starts.findLastIndex((start) => start.position === position),
      1,
    );
    model.waiting.set(position, model.clock.now());
  }
}

class Arrive implements fc.Command<Model, Real> {
  readonly count: number;
  constructor(count: number) {
    this.count = count;
  }
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    for (let n = 0; n < this.count; n += 1) {
      model.arrived += 1;
      subjectAt(real, model, model.arrived);
      model.waiting.set(model.arrived, model.clock.now());
    }
    lookAtAll(model, real);
  }
  toString = (): string => `arrive ${this.count}`;
}

class Pass implements fc.Command<Model, Real> {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    model.clock.advance(this.ms);
    lookAtAll(model, real);
  }
  toString = (): string => `pass ${this.ms}`;
}

class Finish implements fc.Command<Model, Real> {
  readonly end: End;
  constructor(end: End) {
    this.end = end;
  }
  check = (model: Readonly<Model>): boolean => model.working.size > 0;
  run(model: Model, real: Real): void {
    endOldest(model, real, this.end);
    lookAtAll(model, real);
  }
  toString = (): string => `finish ${this.end.kind}`;
}

const commands = (ends: readonly End[]) =>
  fc.commands(
    [
      fc.integer({ min: 1, max: 6 }).map((count) => new Arrive(count)),
      fc.integer({ min: 1, max: 900 }).map((ms) => new Pass(ms)),
      fc.constantFrom(...ends).map((end) => new Finish(end)),
    ],
    { maxCommands: 60 },
  );

function runModel(parts: {
  readonly create: (clock: TestClock) => Verb;
  readonly ends: readonly End[];
  readonly onStart?: (model: Model, who: string) => void;
  /** Looked at when everything has come to its end. */
  readonly atEnd?: (model: Model) => void;
}): void {
  fc.assert(
    fc.property(commands(parts.ends), (steps) => {
      const clock = createTestClock();
      const model: Model = {
        clock,
        arrived: 0,
        waiting: new Map(),
        working: new Map(),
        starts: [],
        discarded: [],
        ended: [],
      };
      const real: Real = { verb: parts.create(clock), subjects: new Map(), onStart: parts.onStart ?? (() => {}) };
      fc.modelRun(() => ({ model, real }), steps);
      for (let round = 0; round < 2_000 && model.waiting.size + model.working.size > 0; round += 1) {
        clock.advance(250);
        lookAtAll(model, real);
        endOldest(model, real, { kind: 'over' });
        lookAtAll(model, real);
      }
      // Nothing is held back for ever, and every message has one end.
      expect([...model.waiting.keys(), ...model.working.keys()]).toEqual([]);
      const ends = [...model.ended, ...model.discarded.map(({ position }) => position)].toSorted((a, b) => a - b);
      expect(ends).toEqual(Array.from({ length: model.arrived }, (_, index) => index + 1));
      parts.atEnd?.(model);
    }),
    { numRuns: 300 },
  );
}

const workingOn = (model: Model, who: string): number =>
  [...model.working.values()].filter((other) => other === who).length;

describe('verbs as a wire sees them', () => {
  for (const limit of [1, 3]) {
    it(`concurrency: never more than ${limit} of a key at once, and every message comes to its turn`, () => {
      runModel({
        create: (clock) => createConcurrency({ limit, key: 'who' }, clock),
        ends: [{ kind: 'over' }, { kind: 'released' }],
        onStart: (model, who) => expect(workingOn(model, who)).toBeLessThan(limit),
        atEnd: (model) => expect(model.discarded).toEqual([]),
      });
    });
  }

  for (const limit of [1, 4]) {
    it(`throttle: never more than ${limit} starts of a key in any span of the period`, () => {
      const periodMs = 1_000;
      runModel({
        create: (clock) => createThrottle({ limit, periodMs, key: 'who' }, clock),
        ends: [{ kind: 'over' }, { kind: 'released' }],
        atEnd: ({ starts, discarded }) => {
          for (const { who, atMs } of starts) {
            const within = starts.filter(
              (other) => other.who === who && other.atMs > atMs - periodMs && other.atMs <= atMs,
            );
            expect(within.length).toBeLessThanOrEqual(limit);
          }
          expect(discarded).toEqual([]);
        },
      });
    });
  }

  it('debounce: the last message of a key is worked on, and what is discarded has a later one', () => {
    runModel({
      create: (clock) => createDebounce({ periodMs: 500, key: 'who', maxWaitMs: 3_000 }, clock),
      ends: [{ kind: 'over' }, { kind: 'released' }],
      atEnd: ({ arrived, starts, discarded }) => {
        for (const who of WHOS) {
          const all = Array.from({ length: arrived }, (_, index) => index + 1).filter((at) => whoOf(at) === who);
          const started = starts.filter((start) => start.who === who).map(({ position }) => position);
          expect(started.at(-1)).toBe(all.at(-1));
          expect(started).toEqual(started.toSorted((a, b) => a - b));
          for (const { position } of discarded.filter((one) => one.who === who))
            expect(Math.max(...started)).toBeGreaterThan(position);
        }
      },
    });
  });

  for (const mode of ['skip', 'cancel'] as const) {
    it(`singleton ${mode}: never two of a key at once${mode === 'cancel' ? ', and the last one is worked on' : ''}`, () => {
      runModel({
        create: (clock) => createSingleton({ key: 'who', mode }, clock),
        ends: [{ kind: 'over' }],
        onStart: (model, who) => expect(workingOn(model, who)).toBe(0),
        atEnd: ({ arrived, starts }) => {
          if (mode === 'skip') return;
          for (const who of WHOS) {
            const last = Array.from({ length: arrived }, (_, index) => index + 1).findLast((at) => whoOf(at) === who);
            expect(starts.findLast((start) => start.who === who)?.position).toBe(last);
          }
        },
      });
    });
  }
});
