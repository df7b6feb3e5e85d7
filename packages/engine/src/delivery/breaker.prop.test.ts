import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../contracts/test-clock.ts';
import { createBreaker, type Breaker } from './breaker.ts';

const PLAN = { failureRate: 0.5, windowMs: 1_000, minimumCalls: 4, openForMs: 2_000, probes: 2 };
const SLOT_MS = PLAN.windowMs / 10;
const OPEN_MS_MAX = 60_000;

type Ticket = NonNullable<ReturnType<Breaker['admit']>>;

/** The breaker as its table has it: a list of calls, and no arithmetic that could be got wrong twice. */
interface Model {
  state: 'closed' | 'open' | 'half-open';
  /** Calls that ended while closed since it last closed. */
  calls: { readonly at: number; readonly failed: boolean }[];
  openUntil: number;
  openForMs: number;
  /** Probes that are out, and those that succeeded. */
  out: number;
  done: number;
  /** Grows with every change of state; a ticket from an earlier one says nothing any more. */
  life: number;
  readonly tickets: { readonly life: number; readonly probe: boolean }[];
}

interface Real {
  readonly clock: TestClock;
  readonly breaker: Breaker;
  readonly tickets: Ticket[];
}

const turn = (model: Model, state: Model['state']): void => {
  model.state = state;
  model.life += 1;
  model.out = 0;
  model.done = 0;
};

const open = (model: Model, now: number): void => {
  model.openUntil = now + model.openForMs;
  model.openForMs = Math.min(OPEN_MS_MAX, model.openForMs * 2);
  turn(model, 'open');
};

const inWindow = (model: Model, now: number): Model['calls'] =>
  model.calls.filter(({ at }) => Math.floor(now / SLOT_MS) - Math.floor(at / SLOT_MS) < 10);

const expectAlike = (model: Model, { breaker, clock }: Real): void => {
  expect(breaker.state()).toBe(model.state);
  const places = model.out + model.done < PLAN.probes ? 0 : Number.POSITIVE_INFINITY;
  const untilOpen = Math.max(0, model.openUntil - clock.monotonicMs());
  expect(breaker.waitMs()).toBe(model.state === 'closed' ? 0 : model.state === 'open' ? untilOpen : places);
};

const admit: fc.Command<Model, Real> = {
  check: () => true,
  run(model, real) {
    if (model.state === 'open' && real.clock.monotonicMs() >= model.openUntil) turn(model, 'half-open');
    const refused = model.state === 'open' || (model.state === 'half-open' && model.out + model.done >= PLAN.probes);
    const ticket = real.breaker.admit();
    expect(ticket === undefined).toBe(refused);
    if (ticket !== undefined) {
      const probe = model.state === 'half-open';
      if (probe) model.out += 1;
      model.tickets.push({ life: model.life, probe });
      real.tickets.push(ticket);
    }
    expectAlike(model, real);
  },
  toString: () => 'admit',
};

const settle = (which: number, outcome: 'success' | 'failure' | 'unknown'): fc.Command<Model, Real> => ({
  check: (model) => model.tickets.length > 0,
  run(model, real) {
    const index = which % model.tickets.length;
    const [ticket] = model.tickets.splice(index, 1);
    const [realTicket] = real.tickets.splice(index, 1);
    if (ticket === undefined || realTicket === undefined) throw new Error('tickets out of step');
    const now = real.clock.monotonicMs();
    real.breaker.settle(realTicket, outcome);
    if (ticket.life === model.life && ticket.probe) {
      model.out -= 1;
      if (outcome === 'failure') open(model, now);
      if (outcome === 'success') model.done += 1;
      if (model.done === PLAN.probes) {
        turn(model, 'closed');
        model.calls = [];
        model.openForMs = PLAN.openForMs;
      }
    } else if (ticket.life === model.life && outcome !== 'unknown') {
      model.calls.push({ at: now, failed: outcome === 'failure' });
      const recent = inWindow(model, now);
      const failed = recent.filter((call) => call.failed).length;
      if (recent.length >= PLAN.minimumCalls && failed / recent.length >= PLAN.failureRate) open(model, now);
    }
    expectAlike(model, real);
  },
  toString: () => `settle(${which}, ${outcome})`,
});

const advance = (ms: number): fc.Command<Model, Real> => ({
  check: () => true,
  run(model, real) {
    real.clock.advance(ms);
    expectAlike(model, real);
  },
  toString: () => `advance(${ms})`,
});

const commands = fc.commands(
  [
    fc.constant(admit),
    fc
      .tuple(fc.nat(20), fc.constantFrom('success', 'failure', 'failure', 'unknown'))
      .map(([n, outcome]) => settle(n, outcome)),
    fc.oneof(fc.nat(300), fc.constantFrom(SLOT_MS, 1_000, 2_000, 60_000)).map(advance),
  ],
  { maxCommands: 120 },
);

describe('C7 breaker, against its table', () => {
  it('does at every step what the table says', () => {
    fc.assert(
      fc.property(commands, (steps) => {
        fc.modelRun(() => {
          const clock = createTestClock();
          const breaker = createBreaker({ plan: PLAN, clock, random: { next: () => 0.5 }, onChange: () => {} });
          const model: Model = {
            state: 'closed',
            calls: [],
            openUntil: 0,
            openForMs: PLAN.openForMs,
            out: 0,
            done: 0,
            life: 0,
            tickets: [],
          };
          return { model, real: { clock, breaker, tickets: [] } };
        }, steps);
      }),
      { numRuns: 500 },
    );
  });
});
