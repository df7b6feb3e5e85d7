import type { IngressAnswer } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget, type AskedCall, type Reaction } from '../testing/scripted-target.ts';

type World = Awaited<ReturnType<typeof running>>;

const spilling = (
  call: object = {},
  work: object = {},
  react: (call: AskedCall) => Reaction = () => ({ afterMs: 1_000 }),
): Promise<World> =>
  running(
    aPipeline('in -push-> call', {
      w1: { call: { concurrency: 2, line: 1, overflow: 'spill', ...call } },
      call: { work },
    }),
    { target: scriptedTarget(react) },
  );

const sendMany = (world: World, count: number, more: (n: number) => object = () => ({})) =>
  world.during(Promise.all(Array.from({ length: count }, (_, n) => world.send({ id: `m${n}`, n, ...more(n) }))));

const told = (answers: readonly (IngressAnswer | undefined)[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const answer of answers) {
    const status = answer?.ok === true ? answer.httpStatus : (answer?.problem.status ?? 0);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
};
const wireOf = async (world: World) => (await world.engine.figures('simulated'))?.wires['w1'];
const idsOf = (world: World): readonly string[] => world.target.effects.map(({ body }) => body.id as string);

describe('C5 spill: what finds no place waits on disk', () => {
  it('is told 202, and is called when there is a place, never more at once than the wire allows', async () => {
    const world = await spilling();
    expect(told(await sendMany(world, 20))).toEqual({ 200: 3, 202: 17 });
    await world.clock.run(60_000);
    expect(new Set(idsOf(world)).size).toBe(20);
    expect(world.target.calls).toHaveLength(20);
    expect(world.target.most()).toBe(2);
    expect(await wireOf(world)).toMatchObject({ depth: 0, spilled: 0, state: 'open' });
  });

  it('shows among the figures of its wire, and can be looked into', async () => {
    const world = await spilling();
    const answers = Promise.all(Array.from({ length: 10 }, (_, n) => world.send({ id: `m${n}` })));
    await world.clock.run(500);
    // Two are called, one is in line, one has the seat behind it.
    expect(await wireOf(world)).toMatchObject({ spilled: 7, inFlight: 2, capacity: 1 + 100_000 });
    const peeked = await world.engine.peek({ pipelineId: 'simulated', wireId: 'w1', limit: 100 });
    expect(peeked).toHaveLength(7);
    expect(await world.during(world.engine.purge({ pipelineId: 'simulated', wireId: 'w1' }))).toBe(6);
    await world.during(answers);
  });

  it('C1 survives the death of the process', async () => {
    const world = await spilling();
    const answers = Array.from({ length: 10 }, (_, n) => world.send({ id: `m${n}` }));
    await world.clock.run(100);
    world.crash();
    const accepted = (await world.during(Promise.all(answers))).filter((answer) => answer?.ok === true);
    expect(accepted).toHaveLength(7);
    await world.during(world.restart());
    await world.clock.run(60_000);
    expect(new Set(idsOf(world)).size).toBe(7);
  });

  it('is bounded: beyond its capacity a call is answered 429, and taken again when it has drained', async () => {
    const world = await spilling({ spill: { capacity: 5 } });
    expect(told(await sendMany(world, 20))).toEqual({ 200: 3, 202: 5, 429: 12 });
    expect(await world.store.backlog({ queue: 'simulated/w1.spill' })).toMatchObject({ messages: expect.any(Number) });
    await world.clock.run(10_000);
    expect(told(await sendMany(world, 1, () => ({ id: 'later' })))).toEqual({ 200: 1 });
    expect(new Set(idsOf(world)).size).toBe(9);
  });

  it('honours the priority of what waits', async () => {
    const world = await spilling({ concurrency: 1, line: 0, priority: 'urgency' });
    await sendMany(world, 10, (n) => ({ urgency: n }));
    await world.clock.run(60_000);
    const urgencies = world.target.effects.map(({ body }) => body.urgency as number);
    // The first was called at once. At every eighth turn the one goes that came first.
    expect(urgencies.slice(0, 8)).toEqual([0, 9, 8, 7, 6, 5, 4, 3]);
    expect(new Set(urgencies).size).toBe(10);
  });

  it('comes to its turn although the line is never empty', async () => {
    const world = await spilling({ concurrency: 1, line: 3 }, {}, () => ({ afterMs: 100 }));
    await sendMany(world, 10);
    // Ten calls per second can be done, and twenty come, for half a minute.
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < 600; n += 1) {
      answers.push(world.send({ id: `late${n}` }));
      await world.clock.run(50);
    }
    const early = idsOf(world).filter((id) => id.startsWith('m'));
    expect(new Set(early).size).toBe(10);
    await world.clock.run(120_000);
    await world.during(Promise.all(answers));
    expect(new Set(idsOf(world)).size).toBe(610);
    expect(world.target.most()).toBe(1);
  });

  it('takes what a poller pushes, and what a chain of calls does', async () => {
    for (const drawing of ['tick -push-> call', 'tick -push-> pass -push-> call']) {
      const wire = drawing.includes('pass') ? 'w2' : 'w1';
      const world = await running(
        aPipeline(drawing, {
          tick: { config: { limit: 12, page: 12 } },
          [wire]: { call: { concurrency: 1, line: 0, overflow: 'spill' } },
        }),
        { target: scriptedTarget(() => ({ afterMs: 500 })) },
      );
      await world.clock.run(30_000);
      expect(new Set(idsOf(world)).size).toBe(12);
      expect(world.target.most()).toBe(1);
    }
  });

  it('lets a feed go on that calls over it', async () => {
    const world = await running(
      aPipeline('in -pull-> pass -push-> call', {
        pass: { work: { workers: 8 } },
        w2: { call: { concurrency: 1, line: 1, overflow: 'spill', spill: { capacity: 4 } } },
      }),
      { target: scriptedTarget(() => ({ afterMs: 200 })) },
    );
    for (let n = 0; n < 30; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(60_000);
    expect(new Set(idsOf(world)).size).toBe(30);
    expect(world.target.most()).toBe(1);
  });
});

describe('C6 what was spilled is redelivered by its consumer', () => {
  it('with its attempts, to dead letter in the end, and back from there', async () => {
    let isDown = true;
    const world = await spilling(
      { concurrency: 1, line: 0 },
      { retry: { attempts: 3, base: '10ms', cap: '10ms' }, breaker: { minimumCalls: 1_000 } },
      ({ body }) => (body.id === 'm0' ? { afterMs: 1_000 } : { status: isDown ? 503 : 200 }),
    );
    expect(told(await sendMany(world, 2))).toEqual({ 200: 1, 202: 1 });
    await world.clock.run(30_000);
    expect(world.target.calls.filter(({ body }) => body.id === 'm1')).toHaveLength(3);
    const [letter] = await world.store.deadLetters({ pipelineId: 'simulated', limit: 10 });
    expect(letter).toMatchObject({ reason: 'attempts-exhausted', attempts: 3, wireId: 'w1', nodeId: 'call' });
    isDown = false;
    expect(
      await world.during(world.engine.redriveDeadLetter({ pipelineId: 'simulated', letterId: letter?.id ?? '' })),
    ).toMatchObject({ ok: true, wireId: 'w1' });
    await world.clock.run(10_000);
    expect(idsOf(world)).toEqual(['m0', 'm1']);
  });

  it('C7 and waits while the breaker is open', async () => {
    const world = await spilling(
      { concurrency: 1, line: 0 },
      { breaker: { minimumCalls: 2, openFor: '5s' }, retry: { attempts: 50, base: '100ms', cap: '100ms' } },
      ({ at }) => (at < 30_000 && at > 900 ? { status: 503 } : { afterMs: 1_000 }),
    );
    await sendMany(world, 10);
    await world.clock.run(29_000);
    expect(world.target.calls.length).toBeLessThan(12);
    await world.clock.run(120_000);
    expect(new Set(idsOf(world)).size).toBe(10);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 1 })).toEqual([]);
  });
});

describe('C12 C13 a wire with spilled messages', () => {
  const document = (overflow: object) =>
    aPipeline('in -push-> call', { w1: { call: { concurrency: 1, line: 0, ...overflow } } });
  const withBacklog = async (): Promise<World> => {
    const world = await running(document({ overflow: 'spill' }), {
      target: scriptedTarget(() => ({ afterMs: 1_000 })),
    });
    const answers = Array.from({ length: 8 }, (_, n) => world.send({ id: `m${n}` }));
    await world.clock.run(500);
    expect(await wireOf(world)).toMatchObject({ spilled: 7 });
    await world.during(Promise.all(answers));
    return world;
  };

  it('keeps them over a new version', async () => {
    const world = await withBacklog();
    const next = document({ overflow: 'spill', spill: { capacity: 50 } });
    expect(await world.during(world.deploy({ version: 2, document: next }))).toMatchObject({ ok: true });
    await world.clock.run(30_000);
    expect(new Set(idsOf(world)).size).toBe(8);
  });

  it('is not taken from them without a word', async () => {
    const world = await withBacklog();
    const refused = await world.during(world.deploy({ version: 2, document: document({ overflow: 'reject' }) }));
    expect(refused).toMatchObject({ ok: false, reason: 'wires-hold-messages', wires: [{ wireId: 'w1' }] });
    await world.clock.run(30_000);
    expect(new Set(idsOf(world)).size).toBe(8);
  });

  it('can be worked off by the version that had it', async () => {
    const world = await withBacklog();
    const next = document({ overflow: 'reject' });
    expect(await world.during(world.deploy({ version: 2, document: next, removedWires: 'drain' }))).toMatchObject({
      ok: true,
    });
    await world.clock.run(60_000);
    expect(new Set(idsOf(world)).size).toBe(8);
    expect(await world.store.queues('simulated/')).toEqual([]);
  });

  it('gives back what only waits for a place when the engine stops', async () => {
    const world = await spilling({ concurrency: 1, line: 0 }, {}, () => ({ afterMs: 60_000 }));
    const answers = Array.from({ length: 5 }, (_, n) => world.send({ id: `m${n}` }));
    await world.clock.run(500);
    const before = world.clock.monotonicMs();
    await world.during(world.engine.close({ deadlineMs: 2_000 }));
    expect(world.clock.monotonicMs() - before).toBeLessThanOrEqual(2_000);
    expect(await world.store.backlog({ queue: 'simulated/w1.spill' })).toMatchObject({ messages: 4, inHand: 0 });
    await world.during(Promise.all(answers));
  });
});
