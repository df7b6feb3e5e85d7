import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const deadLetters = (world: Awaited<ReturnType<typeof running>>) =>
  world.store.deadLetters({ pipelineId: 'simulated', limit: 100 });
const failing = (status: number) => scriptedTarget(() => ({ status }));

describe('C12 a new version loses nothing', () => {
  for (const delivery of ['pull', 'event'] as const) {
    const document = (settings: Readonly<Record<string, object>> = {}) => aPipeline(`in -${delivery}-> call`, settings);

    it(`keeps full queues and works on with the new settings, ${delivery}`, async () => {
      const world = await running(
        document({ call: { config: { url: 'http://old' }, work: { workers: 1 } }, w1: { log: { partitions: 1 } } }),
        {
          target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://old' ? 3_000 : 5 })),
        },
      );
      for (let n = 0; n < 20; n += 1) await world.during(world.send({ id: `m${n}`, key: 'k', n }));
      await world.clock.run(500);
      expect(
        await world.during(
          world.deploy({
            version: 2,
            document: document({ call: { config: { url: 'http://new' } }, w1: { log: { partitions: 1 } } }),
          }),
        ),
      ).toMatchObject({ ok: true });
      await world.clock.run(10_000);
      const urls = world.target.effects.map(({ url }) => url);
      expect(world.target.effects.map(({ body }) => body.n).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, n) => n),
      );
      // What was in hand was finished by the old version.
      expect(urls.filter((url) => url === 'http://old')).toHaveLength(1);
    });

    it(`a wire that is gone and holds messages refuses the version, and the old one goes on, ${delivery}`, async () => {
      const world = await running(document({ call: { work: { retry: { attempts: 500, base: '1s', cap: '2s' } } } }), {
        target: scriptedTarget(({ at }) => (at < 30_000 ? { status: 500 } : {})),
      });
      for (let n = 0; n < 5; n += 1) await world.during(world.send({ id: `m${n}` }));
      await world.clock.run(500);
      const without = aPipeline('in -push-> call');
      expect(await world.during(world.deploy({ version: 2, document: without }))).toEqual({
        ok: false,
        reason: 'wires-hold-messages',
        wires: [{ wireId: 'w1', messages: 5 }],
      });
      await world.clock.run(120_000);
      expect(world.target.effects).toHaveLength(5);
      expect(await world.during(world.deploy({ version: 2, document: without }))).toMatchObject({ ok: true });
    });

    it(`dead-letters what removed wires hold where that is wanted, also what waits for its retry, ${delivery}`, async () => {
      const world = await running(
        document({
          call: { work: { retry: { attempts: 500, base: '1h', cap: '1h' } } },
          w1: { log: { partitions: 2 } },
        }),
        { target: failing(500) },
      );
      for (let n = 0; n < 150; n += 1) await world.during(world.send({ id: `m${n}`, key: `k${n}`, n }));
      await world.clock.run(5_000);
      expect((await world.engine.figures('simulated'))?.totals.depth).toBe(150);
      expect(
        await world.during(
          world.deploy({ version: 2, document: aPipeline('in -push-> call'), removedWires: 'dead-letter' }),
        ),
      ).toMatchObject({ ok: true });
      const letters = await world.store.deadLetters({ pipelineId: 'simulated', limit: 500 });
      expect(new Set(letters.map(({ message }) => (message.payload as { n: number }).n)).size).toBe(150);
      expect(letters).toHaveLength(150);
      expect(new Set(letters.map(({ reason, wireId, version }) => `${reason} ${wireId} ${version}`))).toEqual(
        new Set(['wire-removed w1 2']),
      );
      expect(await world.store.queues('simulated/')).toEqual([]);
      expect(await world.store.groups('simulated/')).toEqual([]);
    });
  }

  it('an event wire that now starts at another node takes along what its old log holds for it', async () => {
    const settings = { w1: { id: 'w9' } };
    const world = await running(
      aPipeline('in -event-> call', {
        ...settings,
        call: { work: { retry: { attempts: 500, base: '1h', cap: '1h' } } },
      }),
      { target: scriptedTarget(({ at }) => (at < 1_000 ? { status: 500 } : {})) },
    );
    for (let n = 0; n < 3; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(1_000);
    const moved = aPipeline('in -push-> pass -event-> call', { w2: { id: 'w9' } });
    expect(await world.during(world.deploy({ version: 2, document: moved }))).toMatchObject({ ok: true });
    await world.clock.run(10_000);
    expect(new Set(world.target.effects.map(({ body }) => body.id))).toEqual(new Set(['m0', 'm1', 'm2']));
    expect(await world.store.groups('simulated/')).toEqual([{ log: 'simulated/pass.out', group: 'simulated/w9' }]);
  });

  it('what the old version still puts on a removed wire while it stops is worked off by it', async () => {
    const world = await running(aPipeline('in -push-> call-on -pull-> call'), {
      target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://target' ? 2_000 : 5 })),
    });
    const answer = world.send({ id: 'm' });
    await world.clock.run(100);
    const deployed = world.deploy({
      version: 2,
      document: aPipeline('in -push-> call-on -push-> call', { w2: { id: 'w5' } }),
    });
    expect(await world.during(deployed)).toEqual({ ok: true, restarted: ['in', 'call-on'] });
    expect(await answer).toMatchObject({ ok: true, httpStatus: 202 });
    await world.clock.run(10_000);
    expect((await world.engine.figures('simulated'))?.version).toBe(2);
    expect(world.target.effects).toHaveLength(2);
    expect(await world.store.queues('simulated/')).toEqual([]);
  });

  it('a document that cannot run is refused with findings, and what ran goes on', async () => {
    const world = await running(aPipeline('in -pull-> call'));
    const broken = aPipeline('in -push-> pass -push-> call\ncall -push-> pass');
    expect(await world.during(world.deploy({ version: 2, document: broken }))).toMatchObject({
      ok: false,
      reason: 'findings',
    });
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: true });
    await world.clock.run(1_000);
    expect(world.target.effects).toHaveLength(1);
  });

  it('can start paused: nothing is worked on until it is resumed', async () => {
    const world = await running(aPipeline('in -pull-> call'), { target: scriptedTarget(() => ({ afterMs: 50 })) });
    await world.during(world.send({ id: 'm' }));
    await world.during(world.engine.stop('simulated'));
    await world.during(world.send({ id: 'n' }));
    expect(
      await world.during(world.deploy({ version: 2, document: aPipeline('in -pull-> call'), paused: true })),
    ).toMatchObject({ ok: true });
    const calls = world.target.calls.length;
    await world.clock.run(10_000);
    expect(world.target.calls).toHaveLength(calls);
    expect((await world.engine.figures('simulated'))?.verdict.kind).toBe('paused');
    expect(await world.engine.resume('simulated')).toBe(true);
    expect(await world.during(world.send({ id: 'o' }))).toMatchObject({ ok: true });
  });

  it('peek and purge see what waits, and leave what is in hand', async () => {
    const world = await running(aPipeline('in -pull-> call', { call: { work: { workers: 1 } } }), {
      target: scriptedTarget(() => ({ afterMs: 5_000 })),
    });
    for (let n = 0; n < 4; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(100);
    const at = { pipelineId: 'simulated', wireId: 'w1' };
    expect((await world.engine.peek({ ...at, limit: 9 }))?.map(({ state }) => state)).toEqual([
      'in-hand',
      'waiting',
      'waiting',
      'waiting',
    ]);
    expect(await world.engine.purge(at)).toBe(3);
    await world.clock.run(20_000);
    expect(world.target.effects.map(({ body }) => body.id)).toEqual(['m0']);
    expect(await world.engine.peek({ ...at, wireId: 'none', limit: 1 })).toBeUndefined();
  });
});

describe('the verdict', () => {
  it('names the node that limits, its workers and what waits', async () => {
    const world = await running(aPipeline('in -pull-> call', { call: { work: { workers: 2 } } }), {
      target: scriptedTarget(() => ({ afterMs: 100 })),
    });
    for (let n = 0; n < 400; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(6_000);
    const figures = await world.engine.figures('simulated');
    expect(figures?.verdict).toMatchObject({ kind: 'limited', nodeId: 'call' });
    expect(figures?.verdict.text).toMatch(/^Limited by call: 2 of 2 workers busy, \d+ waiting$/);
    await world.clock.run(60_000);
    expect((await world.engine.figures('simulated'))?.verdict).toMatchObject({ kind: 'idle' });
  });

  it('is idle, not stuck, when an outage is over for everybody and nothing waits', async () => {
    const world = await running(
      aPipeline('in -pull-> call', {
        call: { work: { retry: { attempts: 1 }, breaker: { minimumCalls: 2, openFor: '1s' } } },
      }),
      { target: failing(500) },
    );
    for (let n = 0; n < 3; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(60_000);
    expect((await world.engine.figures('simulated'))?.verdict.kind).toBe('idle');
  });

  for (const [before, after] of [
    ['pull', 'event'],
    ['event', 'pull'],
  ] as const) {
    it(`a wire that changes from ${before} to ${after} takes its messages along, also those that wait for a retry`, async () => {
      const settings = { call: { work: { retry: { attempts: 500, base: '1h', cap: '1h' } } } };
      const world = await running(aPipeline(`in -${before}-> call`, settings), {
        target: scriptedTarget(({ at }) => (at < 5_000 ? { status: 500 } : {})),
      });
      for (let n = 0; n < 20; n += 1) await world.during(world.send({ id: `m${n}`, key: `k${n % 3}`, n }));
      await world.clock.run(6_000);
      expect(
        await world.during(world.deploy({ version: 2, document: aPipeline(`in -${after}-> call`, settings) })),
      ).toMatchObject({ ok: true });
      await world.clock.run(120_000);
      expect(world.target.effects.map(({ body }) => body.n).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, n) => n),
      );
      expect(await deadLetters(world)).toEqual([]);
    });
  }

  it('a wire that changes to push is refused while it holds messages; given up, they count at its consumer', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { call: { work: { retry: { base: '1h', cap: '1h' } } } }),
      {
        target: failing(500),
      },
    );
    for (let n = 0; n < 3; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(1_000);
    const pushed = aPipeline('in -push-> call');
    expect(await world.during(world.deploy({ version: 2, document: pushed }))).toMatchObject({
      reason: 'wires-hold-messages',
    });
    expect(
      await world.during(world.deploy({ version: 3, document: pushed, removedWires: 'dead-letter' })),
    ).toMatchObject({
      ok: true,
    });
    expect(await world.store.deadLetterCounts('simulated')).toEqual({ call: 3 });
    expect((await deadLetters(world))[0]?.error.message).toBe(
      'Version 3 pushes over wire w1, which then keeps no messages',
    );
  });
});
