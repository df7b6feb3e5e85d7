import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const slow = (afterMs: number) => scriptedTarget(() => ({ afterMs }));
const ids = (calls: readonly { readonly body: { readonly id: string } }[]): string[] =>
  calls.map(({ body }) => body.id);

describe('C13 stop is graceful', () => {
  for (const delivery of ['pull', 'event'] as const) {
    it(`finishes what is in hand on ${delivery}, keeps the rest, and goes on after a resume`, async () => {
      const world = await running(aPipeline(`in -${delivery}-> call`, { call: { work: { workers: 2 } } }), {
        target: slow(2_000),
      });
      for (let n = 0; n < 6; n += 1) await world.during(world.send({ id: `m${n}`, key: `${n}` }));
      await world.clock.run(500);
      expect(world.target.underWay()).toBe(2);
      await world.during(world.engine.pause('simulated'));
      expect(world.target.effects).toHaveLength(2);
      await world.clock.run(60_000);
      expect(world.target.calls).toHaveLength(2);
      const paused = await world.engine.figures('simulated');
      expect(paused).toMatchObject({ state: 'paused', totals: { depth: 4, inFlight: 0 } });
      await world.engine.resume('simulated');
      await world.clock.run(60_000);
      expect(new Set(ids(world.target.effects)).size).toBe(6);
      expect(world.target.effects).toHaveLength(6);
    });

    it(`gives leases back at the deadline without counting an attempt, ${delivery}`, async () => {
      const world = await running(aPipeline(`in -${delivery}-> call`), { target: slow(29_000) });
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(100);
      const before = world.clock.monotonicMs();
      await world.during(world.engine.close({ deadlineMs: 1_000 }));
      expect(world.clock.monotonicMs() - before).toBeLessThanOrEqual(1_100);
      const [waiting] = await world.store.peek({
        source: delivery === 'pull' ? { queue: 'simulated/w1' } : { log: 'simulated/in.out', group: 'simulated/w1' },
        limit: 1,
      });
      expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 });
    });
  }

  it('refuses webhooks with 503 while paused and after close', async () => {
    const world = await running(aPipeline('in -pull-> call'));
    await world.during(world.engine.pause('simulated'));
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({
      ok: false,
      problem: { status: 503, code: 'not-accepting' },
    });
    await world.engine.resume('simulated');
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: true });
    await world.during(world.engine.close({ deadlineMs: 1_000 }));
    expect(await world.during(world.send({ id: 'n' }))).toMatchObject({
      ok: false,
      problem: { status: 503, code: 'not-accepting' },
    });
  });

  it('lets a webhook finish its push chain before a stop resolves', async () => {
    const world = await running(aPipeline('in -push-> call'), { target: slow(3_000) });
    const answer = world.send({ id: 'm' });
    await world.clock.run(100);
    await world.during(world.engine.stop('simulated'));
    expect(world.clock.monotonicMs()).toBeGreaterThanOrEqual(3_000);
    expect(await answer).toMatchObject({ ok: true, httpStatus: 200 });
    expect(world.engine.deployed()).toEqual([]);
  });

  it('cuts a webhook short at the deadline and answers 503', async () => {
    const world = await running(aPipeline('in -push-> call'), { target: slow(20_000) });
    const answer = world.send({ id: 'm' });
    await world.clock.run(100);
    await world.during(world.engine.close({ deadlineMs: 500 }));
    expect(world.clock.monotonicMs()).toBeLessThanOrEqual(700);
    expect(await answer).toMatchObject({ ok: false, problem: { status: 503, code: 'cancelled' } });
  });

  it('stops callers in line too, and calls nobody for them', async () => {
    const world = await running(aPipeline('in -push-> call', { w1: { call: { concurrency: 1 } } }), {
      target: slow(20_000),
    });
    const answers = ['a', 'b', 'c'].map((id) => world.send({ id }));
    await world.clock.run(100);
    await world.during(world.engine.close({ deadlineMs: 500 }));
    for (const answer of answers)
      expect(await world.during(answer)).toMatchObject({ ok: false, problem: { status: 503 } });
    expect(world.clock.monotonicMs()).toBeLessThanOrEqual(700);
    await world.clock.run(60_000);
    expect(world.target.most()).toBe(1);
  });

  it('close cuts a pause short that is under way, and resolves only when nothing is in hand', async () => {
    const world = await running(aPipeline('in -pull-> call'), { target: slow(25_000) });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(100);
    const pause = world.engine.pause('simulated');
    await world.clock.run(100);
    await world.during(world.engine.close({ deadlineMs: 1_000 }));
    const figures = await world.engine.figures('simulated');
    expect(figures?.totals.inFlight).toBe(0);
    expect(world.clock.monotonicMs()).toBeGreaterThanOrEqual(1_200);
    expect(world.clock.monotonicMs()).toBeLessThanOrEqual(1_400);
    await world.during(pause);
  });

  it('does not resume after close', async () => {
    const world = await running(aPipeline('in -pull-> call'));
    await world.during(world.engine.close({ deadlineMs: 1_000 }));
    await world.during(world.engine.resume('simulated'));
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: false, problem: { status: 503 } });
  });

  it('does not take a webhook into a pipeline that was stopped while its request was looked at', async () => {
    let recalled = (): void => {};
    const world = await running(aPipeline('in -push-> call'), {
      watch: (store) =>
        overriding(store, {
          recall: async (scope, key) => {
            await new Promise<void>((resolve) => (recalled = resolve));
            return store.recall(scope, key);
          },
        }),
    });
    const answer = world.send({ id: 'late' });
    await world.clock.run(10);
    await world.during(world.engine.stop('simulated'));
    recalled();
    expect(await world.during(answer)).toMatchObject({ ok: false, problem: { status: 503 } });
    expect(world.target.effects).toEqual([]);
  });

  it('a poller finishes its page on a graceful stop', async () => {
    const world = await running(aPipeline('tick -push-> call', { tick: { config: { limit: 3, page: 3 } } }), {
      target: slow(1_000),
    });
    await world.clock.run(500);
    await world.during(world.engine.stop('simulated'));
    expect(ids(world.target.effects)).toEqual(['t0', 't1', 't2']);
    expect(await world.store.cursor('simulated/tick')).toBe(3);
  });

  it('pausing and resuming often leaves no timers behind', async () => {
    let reviews = 0;
    let isSlow = false;
    const world = await running(aPipeline('in -pull-> call'), {
      watch: (store) =>
        overriding(store, {
          backlog: async (source) => {
            reviews += 1;
            if (isSlow) await new Promise<void>((resolve) => world.clock.setTimer(50, resolve));
            return store.backlog(source);
          },
        }),
    });
    isSlow = true;
    for (let n = 0; n < 20; n += 1) {
      await world.during(world.engine.pause('simulated'));
      await world.engine.resume('simulated');
    }
    await world.clock.run(5_000);
    reviews = 0;
    await world.clock.run(10_000);
    expect(reviews).toBeLessThanOrEqual(11);
  });
});
