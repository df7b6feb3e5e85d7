import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../contracts/test-clock.ts';
import { createKeyedRateLimit } from './keyed-rate-limit.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';

interface Settings {
  readonly perSecond: number;
  readonly burst: number;
}
const settingsOf = fc.record({
  perSecond: fc.constantFrom(0.5, 1, 3, 10, 250),
  burst: fc.constantFrom(1, 2, 10),
});
const someMs = fc.oneof(fc.nat(50), fc.nat(2_000), fc.constant(70_000));

/** When tokens were given, for the whole bucket or for one key. */
type Grants = number[];

/** No interval between two grants holds more than the burst and what comes in its length. */
const expectWithin = (grants: Grants, { perSecond, burst }: Settings): void => {
  const now = grants.at(-1) ?? 0;
  for (let index = 0; index < grants.length; index += 1) {
    const count = grants.length - index;
    const most = burst + ((now - (grants[index] ?? 0)) * perSecond) / 1_000;
    expect(count).toBeLessThanOrEqual(most + 1e-6);
  }
};

describe('rate limit, against a list of what it gave', () => {
  interface Model {
    readonly grants: Grants;
    readonly settings: Settings;
  }
  interface Real {
    readonly clock: TestClock;
    readonly limit: RateLimit;
  }
  const take: fc.Command<Model, Real> = {
    check: () => true,
    run({ grants, settings }, { clock, limit }) {
      const waitMs = limit.waitMs();
      expect(limit.take()).toBe(waitMs);
      if (waitMs === 0) grants.push(clock.monotonicMs());
      expectWithin(grants, settings);
    },
    toString: () => 'take',
  };
  /** Asking again when it says so is worth while. */
  const waitAndTake: fc.Command<Model, Real> = {
    check: () => true,
    run({ grants, settings }, { clock, limit }) {
      clock.advance(limit.waitMs());
      expect(limit.take()).toBe(0);
      grants.push(clock.monotonicMs());
      expectWithin(grants, settings);
    },
    toString: () => 'wait and take',
  };
  const advance = (ms: number): fc.Command<Model, Real> => ({
    check: () => true,
    run: (_model, { clock }) => clock.advance(ms),
    toString: () => `advance(${ms})`,
  });

  it('gives never more, and what it says', () => {
    const commands = fc.commands([fc.constant(take), fc.constant(waitAndTake), someMs.map(advance)], {
      maxCommands: 200,
    });
    fc.assert(
      fc.property(settingsOf, commands, (settings, steps) => {
        fc.modelRun(() => {
          const clock = createTestClock();
          return { model: { grants: [], settings }, real: { clock, limit: createRateLimit(settings, clock) } };
        }, steps);
      }),
      { numRuns: 300 },
    );
  });
});

describe('rate limit by key, where all come back when they are told to', () => {
  const arrivals = fc.array(fc.record({ gapMs: fc.nat(400), key: fc.constantFrom('a', 'a', 'a', 'b', 'c') }), {
    maxLength: 120,
  });

  it('gives no key more than its rate, all their turn, and those put off theirs in order', () => {
    fc.assert(
      fc.property(settingsOf, arrivals, (settings, messages) => {
        const clock = createTestClock();
        const limit = createKeyedRateLimit({ settings, clock, random: { next: () => 0.5 } });
        const grants = new Map<string, Grants>();
        const order: { readonly key: string; readonly number: number; readonly looks: number }[] = [];
        const ask = (key: string, number: number, looks: number): void => {
          const waitMs = limit.take(key, `m${number}`);
          if (waitMs > 0) {
            expect(waitMs).toBeLessThanOrEqual(60_000);
            clock.setTimer(waitMs, () => ask(key, number, looks + 1));
            return;
          }
          order.push({ key, number, looks });
          const given = grants.get(key) ?? [];
          given.push(clock.monotonicMs());
          grants.set(key, given);
          // Turns fall between milliseconds; asking comes up to one later.
          expectWithin(given, { ...settings, burst: settings.burst + settings.perSecond / 1_000 });
        };
        for (const [number, { gapMs, key }] of messages.entries()) {
          clock.advance(gapMs);
          ask(key, number, 1);
        }
        clock.advance(messages.length * 10_000);
        expect(order).toHaveLength(messages.length);
        for (const key of grants.keys()) {
          // Beyond the minute nobody is promised a turn, so there is no order among those.
          const promised = order.filter((one) => one.key === key && one.looks === 2).map(({ number }) => number);
          if (order.every((one) => one.looks <= 2)) expect(promised).toEqual(promised.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 200 },
    );
  });
});
