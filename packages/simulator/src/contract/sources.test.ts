import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('C5 back-pressure reaches a poller', () => {
  it('stops polling at capacity and goes on at the low-water mark', async () => {
    const world = await running(
      aPipeline('tick -pull-> call', {
        tick: { config: { everyMs: 10 } },
        w1: { queue: { capacity: 20 } },
        call: { work: { workers: 1 } },
      }),
      {
        target: scriptedTarget(() => ({ afterMs: 1_000 })),
      },
    );
    await world.clock.run(5_000);
    const polls = () => world.trace.filter(({ kind }) => kind === 'polled').length;
    expect((await world.engine.figures('simulated'))?.nodes['tick']).toMatchObject({ state: 'held', heldBy: 'w1' });
    const before = polls();
    expect(before).toBeLessThanOrEqual(26);
    await world.clock.run(2_000);
    expect(polls()).toBeLessThanOrEqual(before + 4);
    await world.clock.run(60_000);
    const numbers = world.target.effects.map(({ body }) => body.n);
    expect(numbers).toEqual(upTo(numbers.length));
    expect(numbers.length).toBeGreaterThan(60);
  });

  it('opens again within a moment of the room, not at the next review', async () => {
    const world = await running(
      aPipeline('tick -pull-> call', {
        tick: { config: { everyMs: 1 } },
        w1: { queue: { capacity: 1 } },
        call: { work: { workers: 1 } },
      }),
      {
        target: scriptedTarget(() => ({ afterMs: 10 })),
      },
    );
    await world.clock.run(5_000);
    expect(world.target.effects.length).toBeGreaterThan(350);
  });

  it('a page larger than the wire comes through in parts, in order, once', async () => {
    const world = await running(
      aPipeline('tick -pull-> call', {
        tick: { config: { page: 30, limit: 60, everyMs: 10 } },
        w1: { queue: { capacity: 6, orderBy: 'key' } },
      }),
    );
    await world.clock.run(60_000);
    expect(world.target.effects.map(({ body }) => body.n)).toEqual(upTo(60));
  });

  it('a source that asks for no pause does not keep time from passing', async () => {
    const world = await running(aPipeline('tick -pull-> call', { tick: { config: { everyMs: 0, limit: 2_000 } } }));
    await world.clock.run(10_000);
    expect(world.target.effects).toHaveLength(2_000);
  });
});

describe('C10 a cursor moves only with committed output', () => {
  it('a crash between poll and commit repeats the page, with the same ids', async () => {
    const world = await running(aPipeline('tick -pull-> call', { tick: { config: { page: 3, limit: 3 } } }), {
      disk: { commitMs: [100, 100], answerMs: [0, 0], leaseMs: [0, 0] },
    });
    await world.clock.run(50);
    expect(world.trace.filter(({ kind }) => kind === 'polled')).toHaveLength(1);
    world.crash();
    expect(await world.store.cursor('simulated/tick')).toBeUndefined();
    expect(await world.store.queues('simulated/')).toEqual([]);
    await world.during(world.restart());
    await world.clock.run(5_000);
    expect(await world.store.cursor('simulated/tick')).toBe(3);
    expect(world.target.effects.map(({ body }) => body.n)).toEqual([0, 1, 2]);
  });

  it('C3 a crash between the parts of a page stores none of it twice', async () => {
    const world = await running(
      aPipeline('tick -pull-> call', {
        tick: { config: { page: 8, limit: 8 } },
        w1: { queue: { capacity: 8 } },
        call: { work: { workers: 1 } },
      }),
      {
        target: scriptedTarget(() => ({ afterMs: 300 })),
        disk: { commitMs: [100, 100], answerMs: [0, 0], leaseMs: [0, 0] },
      },
    );
    await world.clock.runUntil(() => false, 150);
    world.crash();
    expect((await world.store.backlog({ queue: 'simulated/w1' })).messages).toBe(4);
    expect(await world.store.cursor('simulated/tick')).toBeUndefined();
    await world.during(world.restart());
    await world.clock.run(30_000);
    expect(world.target.effects.map(({ body }) => body.n)).toEqual(upTo(8));
    expect(new Set(world.target.effects.map(({ id }) => id)).size).toBe(8);
  });

  it('U1 a push chain that fails is tried again by the source, then dead-lettered, and the cursor goes on', async () => {
    const world = await running(
      aPipeline('tick -push-> call', {
        tick: { config: { limit: 3, everyMs: 10 }, work: { retry: { attempts: 3, base: '100ms' } } },
      }),
      {
        target: scriptedTarget(({ body, nth }) => ({
          status: body.n === 1 ? 500 : body.n === 2 && nth < 3 ? 500 : 200,
        })),
      },
    );
    await world.clock.run(30_000);
    expect(world.target.effects.map(({ body }) => body.n)).toEqual([0, 2]);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toMatchObject([
      { reason: 'attempts-exhausted', nodeId: 'call', attempts: 3, message: { payload: { n: 1 } } },
    ]);
    expect(await world.store.cursor('simulated/tick')).toBe(3);
  });

  it('U6 what never fits behind a source is given up, and the rest of its page is not', async () => {
    const world = await running(
      aPipeline('tick -push-> split -pull-> call', {
        tick: { config: { page: 2, limit: 4, everyMs: 10 } },
        split: { config: { parts: 3 } },
        w2: { queue: { capacity: 2 } },
      }),
    );
    await world.clock.run(30_000);
    expect(await world.store.cursor('simulated/tick')).toBe(4);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toHaveLength(4);
  });
});

describe('topics', () => {
  const publisher = (name: string) => aPipeline('in -pull-> topic-out', {}, name);
  const subscriber = (name: string) => aPipeline('topic-in -push-> call', {}, name);

  it('carry messages from one pipeline to others, each at its own pace, with ids of their own', async () => {
    const world = await running(publisher('source'));
    for (const pipelineId of ['a', 'b'])
      await world.during(world.deploy({ pipelineId, version: 1, document: subscriber(pipelineId) }));
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ id: `m${n}`, key: 'k' }));
    await world.clock.run(5_000);
    expect(world.target.effects).toHaveLength(10);
    expect(new Set(world.target.effects.map(({ id }) => id)).size).toBe(10);
    const answers = world.trace.filter(({ kind }) => kind === 'accepted').map(({ messageId }) => messageId);
    expect(answers).toHaveLength(5);
  });

  it('keep what a stopped subscriber has not read', async () => {
    const world = await running(publisher('source'));
    await world.during(world.deploy({ pipelineId: 'a', version: 1, document: subscriber('a') }));
    await world.during(world.engine.stop('a'));
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(5_000);
    expect(world.target.effects).toHaveLength(0);
    await world.during(world.deploy({ pipelineId: 'a', version: 2, document: subscriber('a') }));
    await world.clock.run(5_000);
    expect(world.target.effects).toHaveLength(5);
  });
});

describe('fan-out', () => {
  it('each pull wire has its own queue: a slow consumer does not hold the other', async () => {
    const world = await running(
      aPipeline('in -pull-> call:fast\nin -pull-> call:slow', {
        fast: { config: { url: 'http://fast' } },
        slow: { config: { url: 'http://slow' }, work: { workers: 1 } },
      }),
      {
        target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://slow' ? 10_000 : 5 })),
      },
    );
    for (let n = 0; n < 30; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(1_000);
    expect(world.target.effects.filter(({ url }) => url === 'http://fast')).toHaveLength(30);
    expect((await world.engine.figures('simulated'))?.wires).toMatchObject({ w1: { depth: 0 }, w2: { depth: 30 } });
  });

  it('C4 holds both only when one is at capacity, and stores a message on both or on none', async () => {
    const world = await running(
      aPipeline('in -pull-> call:fast\nin -pull-> call:slow', {
        slow: { config: { url: 'http://slow' }, work: { workers: 1 } },
        w2: { queue: { capacity: 4 } },
      }),
      {
        target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://slow' ? 10_000 : 5 })),
      },
    );
    const answers = [];
    for (let n = 0; n < 8; n += 1) answers.push(await world.during(world.send({ id: `m${n}` })));
    expect(answers.filter((answer) => answer?.ok === true)).toHaveLength(4);
    await world.clock.run(1_000);
    expect(world.target.effects).toHaveLength(4);
  });

  it('pushes to all, and fails when one of them fails', async () => {
    const world = await running(
      aPipeline('in -push-> call:a\nin -push-> call:b', {
        a: { config: { url: 'http://a' } },
        b: { config: { url: 'http://b' } },
      }),
      {
        target: scriptedTarget(({ url }) => ({ status: url === 'http://b' ? 500 : 200 })),
      },
    );
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: false, problem: { status: 502 } });
    expect(world.target.calls.map(({ url }) => url)).toEqual(['http://a', 'http://b']);
  });
});
