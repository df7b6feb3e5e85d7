import type { DiskRoom } from '@sluice/engine';
import type { Limits, PipelineDocument } from '@sluice/pipeline';
import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

type SomeWorld = Awaited<ReturnType<typeof running>>;

const limited = (document: PipelineDocument, limits: Limits): PipelineDocument => ({ ...document, limits });
const figuresOf = async (world: SomeWorld) => {
  const figures = await world.engine.figures('simulated');
  if (figures === undefined) throw new Error('not deployed');
  return figures;
};
const kinds = (world: SomeWorld) => world.notices.map(({ kind }) => kind);
const text = 'x'.repeat(200);
const sendAll = async (world: SomeWorld, from: number, to: number): Promise<void> => {
  for (let n = from; n < to; n += 1) await world.during(world.send({ id: `m${n}`, text }));
};

describe('C4 C5 what a pipeline keeps in all', () => {
  it('holds its webhooks at the limit, says so, and lets them on at 80 %', async () => {
    const document = limited(aPipeline('in -pull-> call', { call: { work: { workers: 1 } } }), { bytes: 10_000 });
    let isAway = true;
    const world = await running(document, {
      target: scriptedTarget(() => (isAway ? { status: 500 } : { afterMs: 100 })),
    });
    await sendAll(world, 0, 60);
    await world.clock.run(1_000);
    const answer = await world.during(world.send({ id: 'late', text }));
    expect(answer).toMatchObject({ ok: false, problem: { status: 429, code: 'pipeline-full', retryAfterSeconds: 30 } });
    const full = await figuresOf(world);
    expect(full.limits).toMatchObject({ bytesMax: 10_000, fullSince: expect.any(Number) as number });
    expect(full.limits.bytes).toBeGreaterThan(10_000);
    expect(full.nodes['in']).toMatchObject({ refused: 1 });
    isAway = false;
    let firstOpen: number | undefined;
    for (let second = 0; second < 60 && firstOpen === undefined; second += 1) {
      await world.clock.run(1_000);
      const { limits, verdict } = await figuresOf(world);
      if (limits.fullSince === null) firstOpen = limits.bytes;
      else if (verdict.kind === 'limited')
        expect(verdict.text).toMatch(/^Limited by the pipeline's own bounds: holds \d+\.\d KiB of 9\.8 KiB/);
    }
    expect(firstOpen).toBeLessThanOrEqual(8_000);
    expect(firstOpen).toBeGreaterThan(6_000);
    expect(await world.during(world.send({ id: 'later', text }))).toMatchObject({ ok: true });
    expect(kinds(world).filter((kind) => kind.startsWith('pipeline-'))).toEqual(['pipeline-full', 'pipeline-open']);
  });

  it('tells from the trend when to come again', async () => {
    const document = limited(aPipeline('in -pull-> call', { call: { work: { workers: 1 } } }), { bytes: 10_000 });
    const world = await running(document, { target: scriptedTarget(() => ({ afterMs: 500 })) });
    await sendAll(world, 0, 80);
    await world.clock.run(6_000);
    const answer = await world.during(world.send({ id: 'late', text }));
    if (answer?.ok !== false) throw new Error('was taken');
    const { retryAfterSeconds = 0 } = answer.problem;
    const { limits } = await figuresOf(world);
    // About two messages a second leave, of which each weighs what it weighs.
    const perSecond = (2 * limits.bytes) / (80 - 12);
    expect(retryAfterSeconds).toBeGreaterThan(((limits.bytes - 8_000) / perSecond) * 0.7);
    expect(retryAfterSeconds).toBeLessThan(((limits.bytes - 8_000) / perSecond) * 1.4);
  });

  it('holds pollers and subscribers, and what is inside is worked off meanwhile', async () => {
    const slow = { call: { work: { workers: 1 } } };
    const ticking = aPipeline('tick -pull-> call', { ...slow, tick: { config: { everyMs: 10, page: 5 } } });
    const world = await running(limited(ticking, { bytes: 20_000 }), {
      target: scriptedTarget(() => ({ afterMs: 50 })),
    });
    let mostBytes = 0;
    let held = 0;
    let leastFull = Number.POSITIVE_INFINITY;
    for (let second = 0; second < 60; second += 1) {
      await world.clock.run(1_000);
      const { limits, nodes } = await figuresOf(world);
      mostBytes = Math.max(mostBytes, limits.bytes);
      if (limits.fullSince === null) continue;
      leastFull = Math.min(leastFull, limits.bytes);
      if (nodes['tick']?.heldBy === 'the pipeline') held += 1;
    }
    expect(held).toBeGreaterThan(10);
    expect(world.target.effects.length).toBeGreaterThan(1_000);
    expect(leastFull).toBeGreaterThan(16_000);
    // What comes within the second between two looks goes beyond.
    expect(mostBytes).toBeLessThan(150_000);
  });

  it('counts queues, logs with what they retain, dead letters and what earlier versions left', async () => {
    const document = aPipeline('in -event-> pass -pull-> call', {
      call: { work: { retry: { attempts: 1 }, breaker: { minimumCalls: 1_000 } } },
    });
    const world = await running(document, {
      target: scriptedTarget(({ body }) => ({ status: body.n % 2 === 0 ? 400 : 500 })),
    });
    for (let n = 0; n < 10; n += 1) await world.during(world.send({ id: `m${n}`, n, text }));
    await world.clock.run(2_500);
    const { limits } = await figuresOf(world);
    const [log, dead] = await Promise.all([
      world.store.retained('simulated/in.out'),
      world.store.deadLetterUsage('simulated'),
    ]);
    expect(dead.messages).toBe(10);
    expect(limits).toMatchObject({ bytes: log.bytes + dead.bytes, deadLetters: 10, deadLetterBytes: dead.bytes });
  });

  it('follows a limit that another version raises, and restarts nothing for it', async () => {
    const document = aPipeline('in -pull-> call');
    const world = await running(limited(document, { bytes: 5_000 }), {
      target: scriptedTarget(() => ({ status: 500 })),
    });
    await sendAll(world, 0, 30);
    await world.clock.run(1_500);
    expect(await world.during(world.send({ id: 'late', text }))).toMatchObject({ problem: { code: 'pipeline-full' } });
    expect(await world.during(world.deploy({ version: 2, document: limited(document, { bytes: 50_000 }) }))).toEqual({
      ok: true,
      restarted: [],
    });
    await world.clock.run(1_500);
    expect(await world.during(world.send({ id: 'late', text }))).toMatchObject({ ok: true });
  });
});

describe('C8 dead letters that are full', () => {
  const refusing = scriptedTarget(() => ({ status: 400 }));
  for (const delivery of ['pull', 'event'] as const) {
    it(`hold what would be given up, lose nothing, and say what to do, ${delivery}`, async () => {
      const document = aPipeline(`in -${delivery}-> call`, { w1: { log: { partitions: 1 } } });
      const world = await running(limited(document, { deadLetters: 3 }), { target: refusing });
      for (let n = 0; n < 8; n += 1) await world.during(world.send({ id: `m${n}` }));
      await world.clock.run(60_000);
      const figures = await figuresOf(world);
      expect(figures.totals).toMatchObject({ deadLetters: 3, depth: 5 });
      expect(figures.nodes['call']).toMatchObject({ state: 'held', heldBy: 'dead letters' });
      expect(figures.verdict).toMatchObject({ kind: 'limited', nodeId: 'call' });
      expect(figures.verdict.text).toMatch(
        /^Limited by dead letters: 3 of 3 kept, .*; call waits with what it would give up\. Redrive or discard some/,
      );
      const calls = world.target.calls.length;
      await world.clock.run(60_000);
      expect(world.target.calls).toHaveLength(calls);
      for (let left = 5; left > 0; left -= 1) {
        const [oldest] = (await world.engine.deadLetters({ pipelineId: 'simulated', limit: 9 })).slice(-1);
        await world.during(world.engine.discardDeadLetter({ pipelineId: 'simulated', letterId: oldest?.id ?? '' }));
        await world.clock.run(3_000);
      }
      expect((await figuresOf(world)).totals).toMatchObject({ deadLetters: 3, depth: 0 });
      expect(new Set(world.target.calls.map(({ body }) => body.id)).size).toBe(8);
      expect(kinds(world)).toContain('dead-letters-full');
      expect(kinds(world)).toContain('dead-letters-open');
      expect(world.failures).toEqual([]);
    });
  }

  it('hold a poller with what it would give up, and let it on', async () => {
    const ticking = aPipeline('tick -push-> call', {
      tick: { config: { everyMs: 10, page: 2, limit: 6 }, work: { retry: { attempts: 1 } } },
    });
    const world = await running(limited(ticking, { deadLetters: 3 }), {
      target: scriptedTarget(() => ({ status: 400 })),
    });
    await world.clock.run(10_000);
    expect(await world.store.cursor('simulated/tick')).toBe(2);
    expect(await figuresOf(world)).toMatchObject({
      totals: { deadLetters: 2 },
      nodes: { tick: { state: 'held', heldBy: 'dead letters' } },
    });
    await world.during(world.engine.discardDeadLetters({ pipelineId: 'simulated' }));
    await world.clock.run(10_000);
    await world.during(world.engine.discardDeadLetters({ pipelineId: 'simulated' }));
    await world.clock.run(10_000);
    expect(await world.store.cursor('simulated/tick')).toBe(6);
    expect(new Set(world.target.calls.map(({ body }) => body.n)).size).toBe(6);
  });

  it('leave those alone that give nothing up', async () => {
    const document = aPipeline('in -pull-> call\nin -pull-> call:bad', {
      call: { config: { url: 'http://good' } },
      bad: { config: { url: 'http://bad' } },
    });
    const world = await running(limited(document, { deadLetters: 1 }), {
      target: scriptedTarget(({ url }) => ({ status: url === 'http://bad' ? 400 : 200 })),
    });
    for (let n = 0; n < 10; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(10_000);
    expect(world.target.effects).toHaveLength(10);
    expect(await figuresOf(world)).toMatchObject({ nodes: { call: { state: 'running' }, bad: { state: 'held' } } });
  });

  it('refuse a version that would give up more than fit', async () => {
    const world = await running(limited(aPipeline('in -pull-> call'), { deadLetters: 3 }), {
      target: scriptedTarget(() => ({ status: 500 })),
    });
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ id: `m${n}` }));
    const without = limited(aPipeline('in -push-> call'), { deadLetters: 3 });
    expect(await world.during(world.deploy({ version: 2, document: without, removedWires: 'dead-letter' }))).toEqual({
      ok: false,
      reason: 'removed-wires-refused',
      refusals: [
        {
          wireId: 'w1',
          text: 'holds messages that would make 5 more dead letters where 3 fit. Let it drain, move them, or raise limits.deadLetters',
        },
      ],
    });
    expect((await figuresOf(world)).version).toBe(1);
  });

  it('are discarded and counted when they are older than they may be', async () => {
    const world = await running(limited(aPipeline('in -pull-> call'), { deadLetterAge: '1h' }), {
      target: scriptedTarget(() => ({ status: 400 })),
    });
    await sendAll(world, 0, 3);
    await world.clock.run(1_800_000);
    await sendAll(world, 3, 5);
    await world.clock.run(1_900_000);
    expect(await world.store.deadLetterCounts('simulated')).toEqual({ call: 2 });
    expect(await world.engine.discarded('simulated')).toEqual({ byHand: 0, byAge: 3, purged: 0 });
    expect(world.notices.filter(({ kind }) => kind === 'discarded')).toMatchObject([
      { text: '3 dead letters were discarded: they are older than they may be' },
    ]);
  });
});

describe('C4 a disk that is nearly full', () => {
  it('holds the sources of all pipelines, and what is inside is worked off', async () => {
    let isShort = false;
    const diskRoom: DiskRoom = { isShort: () => isShort };
    const slow = { call: { work: { workers: 1 } } };
    const world = await running(aPipeline('in -pull-> call', slow), {
      diskRoom,
      target: scriptedTarget(() => ({ afterMs: 100 })),
    });
    const ticking = aPipeline('tick -pull-> call', { ...slow, tick: { config: { everyMs: 10 } } }, 'ticking');
    await world.during(world.deploy({ pipelineId: 'ticking', version: 1, document: ticking }));
    await world.clock.run(1_000);
    await sendAll(world, 0, 20);
    isShort = true;
    await world.clock.run(100);
    const cursor = await world.store.cursor('ticking/tick');
    expect(await world.during(world.send({ id: 'late' }))).toMatchObject({
      problem: { status: 507, code: 'disk-full', retryAfterSeconds: 30 },
    });
    await world.clock.run(10_000);
    expect(await world.store.cursor('ticking/tick')).toBe(cursor);
    const figures = await figuresOf(world);
    expect(figures.totals.depth).toBe(0);
    expect(figures.verdict.text).toBe('Limited by the disk: it is nearly full, and sources are held');
    expect((await world.engine.figures('ticking'))?.nodes['tick']).toMatchObject({ state: 'held', heldBy: 'disk' });
    isShort = false;
    await world.clock.run(2_000);
    expect(await world.during(world.send({ id: 'late' }))).toMatchObject({ ok: true });
    expect(await world.store.cursor('ticking/tick')).toBeGreaterThan(Number(cursor));
  });
});
