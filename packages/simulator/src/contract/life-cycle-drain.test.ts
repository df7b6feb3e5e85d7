import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

type SomeWorld = Awaited<ReturnType<typeof running>>;

const figuresOf = (world: SomeWorld, id = 'simulated') => world.engine.figures(id);
const drain = (world: SomeWorld, id = 'simulated') => world.during(world.engine.drain(id));
const slow = (afterMs = 200) => scriptedTarget(() => ({ afterMs }));
const one = { call: { work: { workers: 1 } } };

describe('C13 L6 a pipeline drains', () => {
  for (const delivery of ['pull', 'event'] as const) {
    it(`works off what it has, takes nothing new, and is paused then, ${delivery}`, async () => {
      const world = await running(
        aPipeline(`in -pull-> pass -${delivery}-> call`, { ...one, w2: { log: { partitions: 1 } } }),
        {
          target: slow(),
        },
      );
      for (let n = 0; n < 10; n += 1) await world.during(world.send({ id: `m${n}` }));
      expect(await drain(world)).toBe(true);
      expect(await world.during(world.send({ id: 'late' }))).toMatchObject({
        ok: false,
        problem: { status: 503, code: 'draining', retryAfterSeconds: 30 },
      });
      await world.clock.run(700);
      const during = await figuresOf(world);
      expect(during).toMatchObject({
        state: 'draining',
        nodes: { in: { state: 'paused' }, call: { state: 'running' } },
      });
      expect(during?.drain?.from).toBeGreaterThan(8);
      expect(during?.drain?.left).toBeLessThan(during?.drain?.from ?? 0);
      expect(during?.verdict.text).toMatch(/^Draining: \d+ left of \d+, intake is closed$/);
      await world.clock.run(10_000);
      expect(world.target.effects).toHaveLength(10);
      expect(await figuresOf(world)).toMatchObject({ state: 'paused', drain: null, totals: { depth: 0 } });
      expect(world.notices.map(({ kind }) => kind).filter((kind) => kind.startsWith('drain'))).toEqual([
        'draining',
        'drained',
      ]);
      expect(await world.during(world.send({ id: 'later' }))).toMatchObject({ problem: { code: 'not-accepting' } });
      await world.engine.resume('simulated');
      expect(await world.during(world.send({ id: 'later' }))).toMatchObject({ ok: true });
    });
  }

  it('stops its pollers and subscribers, and finishes the page and the calls in hand', async () => {
    const world = await running(
      aPipeline('tick -push-> call', { tick: { config: { everyMs: 50, page: 3, limit: 1_000 } } }),
      { target: slow(1_000) },
    );
    await world.clock.run(1_500);
    await drain(world);
    const cursor = await world.store.cursor('simulated/tick');
    expect(world.target.effects).toHaveLength(Number(cursor));
    await world.clock.run(10_000);
    expect(await world.store.cursor('simulated/tick')).toBe(cursor);
    expect(await figuresOf(world)).toMatchObject({ state: 'paused' });
  });

  it('leaves what waits in a topic to later', async () => {
    const world = await running(aPipeline('in -push-> topic-out'));
    await world.during(
      world.deploy({ pipelineId: 'reader', version: 1, document: aPipeline('topic-in -pull-> call', one, 'reader') }),
    );
    await drain(world, 'reader');
    for (let n = 0; n < 3; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(5_000);
    expect(await figuresOf(world, 'reader')).toMatchObject({ state: 'paused' });
    expect(world.target.effects).toEqual([]);
    await world.engine.resume('reader');
    await world.clock.run(5_000);
    expect(world.target.effects).toHaveLength(3);
  });

  it('waits for retries, and for removed wires that drain', async () => {
    const before = aPipeline('in -pull-> call:old', { old: { config: { url: 'http://old' }, work: { workers: 1 } } });
    const world = await running(before, {
      target: scriptedTarget(({ url, nth }) =>
        url === 'http://old' ? { afterMs: 500 } : { status: nth > 2 ? 200 : 500 },
      ),
    });
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ id: `m${n}` }));
    const after = aPipeline('in -pull-> call:new', { w1: { id: 'w9' }, new: { work: { retry: { base: '2s' } } } });
    await world.during(world.deploy({ version: 2, document: after, removedWires: 'drain' }));
    await world.during(world.send({ id: 'n' }));
    await drain(world);
    expect(await figuresOf(world)).toMatchObject({ state: 'draining' });
    await world.clock.run(60_000);
    expect(await figuresOf(world)).toMatchObject({ state: 'paused', removedWires: [] });
    expect(world.target.effects).toHaveLength(6);
  });

  it('is cancelled by resume, and ended by pause', async () => {
    const world = await running(aPipeline('in -pull-> call', one), { target: slow() });
    for (let n = 0; n < 10; n += 1) await world.during(world.send({ id: `m${n}` }));
    await drain(world);
    await world.engine.resume('simulated');
    expect(await world.during(world.send({ id: 'm10' }))).toMatchObject({ ok: true });
    expect(await figuresOf(world)).toMatchObject({ state: 'running', drain: null });
    await drain(world);
    await world.during(world.engine.pause('simulated'));
    const done = world.target.effects.length;
    await world.clock.run(10_000);
    expect(world.target.effects).toHaveLength(done);
    expect(await figuresOf(world)).toMatchObject({ state: 'paused', drain: null });
    expect(world.notices.map(({ kind }) => kind)).not.toContain('drained');
  });

  it('begins from a pause, and goes on after a restart', async () => {
    const world = await running(aPipeline('in -pull-> call', one), { target: slow() });
    for (let n = 0; n < 10; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.during(world.engine.pause('simulated'));
    await drain(world);
    await world.clock.run(500);
    world.crash();
    await world.during(world.restart());
    await world.during(world.engine.stop('simulated'));
    const document = aPipeline('in -pull-> call', one);
    await world.during(world.deploy({ version: 1, document, draining: true }));
    expect(await figuresOf(world)).toMatchObject({ state: 'draining' });
    expect(await world.during(world.send({ id: 'late' }))).toMatchObject({ problem: { code: 'draining' } });
    await world.clock.run(10_000);
    expect(await figuresOf(world)).toMatchObject({ state: 'paused', totals: { depth: 0 } });
    expect(new Set(world.target.effects.map(({ body }) => body.id)).size).toBe(10);
  });

  it('stays draining through a change of its settings, and runs with a new version', async () => {
    const world = await running(aPipeline('in -pull-> call', one), { target: slow() });
    for (let n = 0; n < 10; n += 1) await world.during(world.send({ id: `m${n}` }));
    await drain(world);
    const same = { version: 1, document: aPipeline('in -pull-> call', one) };
    expect(await world.during(world.deploy({ ...same, renew: ['in', 'call'], draining: true }))).toMatchObject({
      restarted: ['in', 'call'],
    });
    expect(await figuresOf(world)).toMatchObject({ state: 'draining' });
    expect(await world.during(world.send({ id: 'late' }))).toMatchObject({ problem: { code: 'draining' } });
    await world.during(world.deploy({ version: 2, document: aPipeline('in -pull-> call') }));
    expect(await figuresOf(world)).toMatchObject({ state: 'running', version: 2 });
    expect(await world.during(world.send({ id: 'm10' }))).toMatchObject({ ok: true });
    await world.clock.run(10_000);
    expect(world.target.effects).toHaveLength(11);
  });

  it('of nothing is over at once, and what is not deployed does not drain', async () => {
    const world = await running(aPipeline('in -pull-> call'));
    await drain(world);
    await world.clock.run(1_100);
    expect(await figuresOf(world)).toMatchObject({ state: 'paused' });
    expect(await drain(world, 'other')).toBe(false);
    await world.during(world.engine.close({ deadlineMs: 100 }));
    expect(await drain(world)).toBe(false);
  });
});
