import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget, type SeenCall } from '../testing/scripted-target.ts';

/** The most calls that began within any second. */
function mostPerSecond(calls: readonly SeenCall[]): number {
  let most = 0;
  let first = 0;
  for (const [index, { at }] of calls.entries()) {
    while ((calls[first]?.at ?? at) <= at - 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe('U3 a rate limit', () => {
  it('lets its burst through at once and no more', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { call: { work: { rateLimit: { rate: '10/s', burst: 1 } } } }),
    );
    for (let n = 0; n < 40; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(2_000);
    expect(mostPerSecond(world.target.calls)).toBeLessThanOrEqual(11);
    expect(world.target.calls.length).toBeLessThanOrEqual(21);
    await world.clock.run(10_000);
    expect(world.target.effects).toHaveLength(40);
  });

  for (const delivery of ['pull', 'event'] as const) {
    it(`by key holds for each key, and the busy one holds nobody else, ${delivery}`, async () => {
      const world = await running(
        aPipeline(`in -${delivery}-> call`, {
          call: { work: { rateLimit: { rate: '2/s', burst: 1, key: 'key' } } },
          w1: delivery === 'event' ? { log: { partitions: 64 } } : {},
        }),
      );
      for (let n = 0; n < 40; n += 1) await world.during(world.send({ id: `hot${n}`, key: 'hot' }));
      for (let n = 0; n < 10; n += 1) await world.during(world.send({ id: `k${n}`, key: `k${n}` }));
      await world.clock.run(2_000);
      const others = world.target.effects.filter(({ body }) => body.key !== 'hot');
      // On a log a key may share its partition, and what stands there stands for all.
      expect(others.length).toBeGreaterThanOrEqual(delivery === 'pull' ? 10 : 9);
      expect(mostPerSecond(world.target.calls.filter(({ body }) => body.key === 'hot'))).toBeLessThanOrEqual(3);
      await world.clock.run(30_000);
      expect(world.target.effects).toHaveLength(50);
      // Nobody lost an attempt by waiting for a turn.
      expect(world.trace.some(({ kind }) => kind === 'retry')).toBe(false);
      expect((await world.engine.figures('simulated'))?.nodes['call']).toMatchObject({
        rateLimit: { perSecond: 2, budget: null, keysForgotten: 0 },
      });
    });
  }

  it('by key gives each message its turn in the order in which they came', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { call: { work: { rateLimit: { rate: '1/s', burst: 1, key: 'key' } } } }),
    );
    for (let n = 0; n < 30; n += 1) await world.during(world.send({ id: `m${n}`, key: 'k', n }));
    await world.clock.run(60_000);
    expect(world.target.effects.map(({ body }) => body.n as number)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    // Each was looked at twice: once to be put off, once at its turn.
    expect(world.trace.filter(({ kind }) => kind === 'leased').length).toBeLessThanOrEqual(60);
  });

  it('by key counts a batch of that key as one', async () => {
    const world = await running(
      aPipeline('in -pull-> call', {
        call: {
          work: { batch: { size: 5, wait: '100ms', key: 'key' }, rateLimit: { rate: '1/s', burst: 1, key: 'key' } },
        },
      }),
    );
    for (let n = 0; n < 20; n += 1) await world.during(world.send({ id: `m${n}`, key: n % 2 === 0 ? 'a' : 'b' }));
    await world.clock.run(900);
    // One batch of each key; the second of each has to wait.
    expect(world.target.calls).toHaveLength(2);
    await world.clock.run(5_000);
    expect(world.target.calls).toHaveLength(4);
    expect(world.target.calls.flatMap(({ body }) => body as readonly { readonly id: string }[])).toHaveLength(20);
  });

  it('by key lets a caller wait for its token, as far as its deadline allows', async () => {
    const world = await running(
      aPipeline('in -push-> call', {
        w1: { call: { deadline: '4s' } },
        call: { work: { rateLimit: { rate: '1/s', burst: 1, key: 'key' } } },
      }),
    );
    const answers = await world.during(
      Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => world.send({ id, key: 'k' }))),
    );
    expect(answers.map((answer) => (answer?.ok === true ? answer.httpStatus : answer?.problem.status))).toEqual([
      200, 200, 200, 429, 429,
    ]);
  });

  it('shared as a budget holds for all who name it, across pipelines, at the lowest rate', async () => {
    const limited = (rate: string, name: string) =>
      aPipeline('in -pull-> call', { call: { work: { rateLimit: { rate, budget: 'api', burst: 1 } } } }, name);
    const world = await running(limited('10/s', 'one'));
    await world.during(world.deploy({ pipelineId: 'second', version: 1, document: limited('4/s', 'two') }));
    for (let n = 0; n < 20; n += 1) {
      await world.during(world.send({ id: `a${n}` }));
      await world.during(world.send({ id: `b${n}` }, { pipelineName: 'two' }));
    }
    await world.clock.run(5_000);
    expect(mostPerSecond(world.target.calls)).toBeLessThanOrEqual(5);
    const served = world.target.calls.map(({ body }) => (body.id as string)[0]);
    expect(new Set(served)).toEqual(new Set(['a', 'b']));
    for (const pipelineId of ['simulated', 'second']) {
      expect((await world.engine.figures(pipelineId))?.nodes['call']?.rateLimit).toEqual({
        perSecond: 4,
        budget: 'api',
        sharers: 2,
        keys: null,
        keysForgotten: 0,
      });
    }
    // The slower one goes: what is left may use its own rate.
    await world.during(world.engine.stop('second'));
    expect((await world.engine.figures('simulated'))?.nodes['call']?.rateLimit).toMatchObject({
      perSecond: 10,
      sharers: 1,
    });
  });

  it('shared as a budget lets one pipeline keep its retries from storming the target of both', async () => {
    const limited = (name: string, url: string) =>
      aPipeline(
        'in -pull-> call',
        {
          call: {
            config: { url },
            work: {
              workers: 50,
              breaker: { minimumCalls: 1_000_000 },
              rateLimit: { rate: '1000/s', budget: 'api' },
              retry: { attempts: 1_000, base: '10ms', cap: '10ms', budget: 0 },
            },
          },
        },
        name,
      );
    const world = await running(limited('one', 'http://a'), { target: scriptedTarget(() => ({ status: 503 })) });
    await world.during(world.deploy({ pipelineId: 'second', version: 1, document: limited('two', 'http://b') }));
    for (let n = 0; n < 40; n += 1) {
      await world.during(world.send({ id: `a${n}` }));
      await world.during(world.send({ id: `b${n}` }, { pipelineName: 'two' }));
    }
    const first = world.target.calls.length;
    await world.clock.run(30_000);
    // Ten retries per second for both together.
    expect(world.target.calls.length - first).toBeLessThanOrEqual(80 + 10 * 30 + 10);
  });
});
