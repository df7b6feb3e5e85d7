import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget, type ScriptedTarget } from '../testing/scripted-target.ts';

const MINUTE = 60_000;
const DOWN_MS = 10 * MINUTE;

/** The most retries that began within any ten seconds of a stretch of time. */
function mostRetries({ calls }: ScriptedTarget, from: number, until: number): number {
  const seen = new Set<string>();
  const retries = calls.flatMap(({ id, at }) => {
    const isFirst = !seen.has(id);
    seen.add(id);
    return isFirst || at < from || at >= until ? [] : [at];
  });
  let most = 0;
  let first = 0;
  for (const [index, at] of retries.entries()) {
    while ((retries[first] ?? at) <= at - 10_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

const figuresOf = async (world: Awaited<ReturnType<typeof running>>) =>
  (await world.engine.figures('simulated'))?.nodes['call'];

async function sendMany(world: Awaited<ReturnType<typeof running>>, count: number): Promise<void> {
  for (let n = 0; n < count; n += 500) {
    const wave = Array.from({ length: Math.min(500, count - n) }, (_, index) => world.send({ id: `m${n + index}` }));
    await world.during(Promise.all(wave));
  }
}

describe('C6 R-12 a sink that is down for ten minutes, with a backlog of 10,000', () => {
  it('opens its breaker within half a minute, is tried within the budget, and drains when it is back', async () => {
    const world = await running(aPipeline('in -pull-> call', { call: { work: { retry: { attempts: 20 } } } }), {
      target: scriptedTarget(({ at }) => (at < DOWN_MS ? { status: 503 } : { afterMs: 5 })),
    });
    await sendMany(world, 10_000);
    await world.clock.run(30_000);
    const [opened] = world.notices.filter(({ kind }) => kind === 'breaker-opened');
    expect(opened?.at).toBeLessThan(world.clock.now() - 20_000);
    await world.clock.run(DOWN_MS - world.clock.monotonicMs());
    // Ten before it opened, and one probe for each time that it looked again.
    expect(world.target.calls.length).toBeLessThan(50);
    expect(world.target.effects).toHaveLength(0);
    await world.clock.run(2 * MINUTE);
    expect(world.target.effects).toHaveLength(10_000);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 1 })).toEqual([]);
  }, 120_000);
});

describe('C6 the retry budget', () => {
  it('holds for ten minutes of outage where no breaker helps, and what is left drains when the target is back', async () => {
    const world = await running(
      aPipeline('in -pull-> call', {
        call: { work: { breaker: { minimumCalls: 1_000_000 }, retry: { attempts: 1_000, base: '1s', cap: '10s' } } },
      }),
      { target: scriptedTarget(({ at }) => (at < DOWN_MS ? { status: 503, afterMs: 5 } : { afterMs: 5 })) },
    );
    await sendMany(world, 3_000);
    await world.clock.run(DOWN_MS - world.clock.monotonicMs());
    // A fifth of the first tries, as long as there are any; then ten per second.
    const firstMinute = world.target.calls.filter(({ at }) => at < MINUTE).length - 3_000;
    expect(firstMinute).toBeLessThan(3_000 * 0.2 + 70 * 10);
    expect(mostRetries(world.target, MINUTE, DOWN_MS)).toBeLessThanOrEqual(110);
    expect(mostRetries(world.target, MINUTE, DOWN_MS)).toBeGreaterThan(80);
    const figures = await figuresOf(world);
    expect(figures?.retriesDeferred).toBeGreaterThan(0);
    expect(figures?.deadLetters).toBe(0);
    expect(world.notices.filter(({ kind }) => kind === 'retry-storm')).toHaveLength(1);
    // What works is no storm: nobody waits longer than the minute by which it was put off.
    await world.clock.run(2 * MINUTE);
    expect(world.target.effects).toHaveLength(3_000);
  }, 120_000);

  it('takes no attempt from a message that it puts off', async () => {
    const world = await running(
      aPipeline('in -pull-> call', {
        call: {
          work: {
            workers: 50,
            breaker: { minimumCalls: 1_000_000 },
            retry: { attempts: 3, base: '1ms', cap: '1ms', budget: 0 },
          },
        },
      }),
      { target: scriptedTarget(() => ({ status: 503 })) },
    );
    await sendMany(world, 100);
    await world.clock.run(5 * MINUTE);
    expect(world.target.calls).toHaveLength(300);
    const letters = await world.store.deadLetters({ pipelineId: 'simulated', limit: 200 });
    expect(letters.map(({ attempts }) => attempts)).toEqual(Array.from({ length: 100 }, () => 3));
    expect((await figuresOf(world))?.retriesDeferred).toBeGreaterThan(0);
  });

  it('holds the order of a key while a retry waits for its turn', async () => {
    const world = await running(
      aPipeline('in -pull-> call', {
        w1: { queue: { orderBy: 'key' } },
        call: {
          work: {
            workers: 50,
            breaker: { minimumCalls: 1_000_000 },
            retry: { attempts: 50, base: '1ms', cap: '1ms', budget: 0 },
          },
        },
      }),
      { target: scriptedTarget(({ nth }) => (nth < 3 ? { status: 503 } : {})) },
    );
    for (let n = 0; n < 120; n += 1) await world.during(world.send({ id: `m${n}`, key: `k${n % 40}`, n }));
    await world.clock.run(5 * MINUTE);
    expect(world.target.effects).toHaveLength(120);
    for (let key = 0; key < 40; key += 1) {
      const numbers = world.target.effects
        .filter(({ body }) => body.key === `k${key}`)
        .map(({ body }) => body.n as number);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  it('does not let a retry in place be made that is beyond it: the caller is told at once', async () => {
    const world = await running(
      aPipeline('in -push-> call', {
        w1: { call: { concurrency: 100 } },
        call: {
          work: {
            breaker: { minimumCalls: 1_000_000 },
            retry: { attempts: 5, backoff: 'constant', base: '10ms', budget: 0 },
          },
        },
      }),
      { target: scriptedTarget(() => ({ status: 503 })) },
    );
    const answers = await world.during(Promise.all(Array.from({ length: 100 }, (_, n) => world.send({ id: `m${n}` }))));
    for (const answer of answers)
      expect(answer).toMatchObject({ ok: false, problem: { status: 502, code: 'target-status' } });
    // Ten tokens at once, and few more come within the 50 ms that this takes.
    expect(world.target.calls.length - 100).toBeLessThanOrEqual(12);
    expect(world.target.calls.length - 100).toBeGreaterThanOrEqual(10);
  });

  it('counts what is called again by push as retries of the called target', async () => {
    const world = await running(
      aPipeline('in -pull-> pass -push-> call', {
        pass: { work: { workers: 50, retry: { attempts: 1_000, base: '10ms', cap: '10ms' } } },
        w2: { call: { concurrency: 50 } },
        call: { work: { breaker: { minimumCalls: 1_000_000 }, retry: { budget: 0.1 } } },
      }),
      { target: scriptedTarget(({ at }) => (at < 2 * MINUTE ? { status: 503 } : {})) },
    );
    await sendMany(world, 200);
    await world.clock.run(2 * MINUTE - world.clock.monotonicMs());
    expect(mostRetries(world.target, 30_000, 2 * MINUTE)).toBeLessThanOrEqual(110);
    await world.clock.run(2 * MINUTE);
    expect(new Set(world.target.effects.map(({ body }) => body.id)).size).toBe(200);
  });

  it('1 limits nothing', async () => {
    const world = await running(
      aPipeline('in -pull-> call', {
        call: {
          work: {
            workers: 50,
            breaker: { minimumCalls: 1_000_000 },
            retry: { attempts: 9, base: '1ms', cap: '1ms', budget: 1 },
          },
        },
      }),
      { target: scriptedTarget(() => ({ status: 503 })) },
    );
    await sendMany(world, 200);
    await world.clock.run(5_000);
    expect(world.target.calls).toHaveLength(1_800);
  });
});
