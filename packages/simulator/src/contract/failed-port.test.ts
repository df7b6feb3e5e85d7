import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget, type AskedCall, type Reaction } from '../testing/scripted-target.ts';

type World = Awaited<ReturnType<typeof running>>;

const lettersOf = (world: World) => world.store.deadLetters({ pipelineId: 'simulated', limit: 100 });
const idsAt = (world: World, url: string): readonly string[] =>
  world.target.effects.filter((call) => call.url === url).map(({ body }) => body.id as string);
const nodeOf = async (world: World, id: string) => (await world.engine.figures('simulated'))?.nodes[id];

const URLS = {
  call: { config: { url: 'http://call' } },
  rescue: { config: { url: 'http://rescue' } },
} as const;

/** The first target does as the test says, the one for failures is well. */
const failingAt = (react: (call: AskedCall) => Reaction) =>
  scriptedTarget((call) => (call.url === 'http://rescue' ? { afterMs: 5 } : react(call)));

describe('C8 what is given up goes out of the port failed', () => {
  for (const delivery of ['pull', 'event'] as const) {
    for (const onward of ['pull', 'event', 'push'] as const) {
      const drawing = `in -${delivery}-> call\ncall.failed -${onward}-> call:rescue`;

      it(`in place of dead letter, with the failure in its headers: ${delivery}, then ${onward}`, async () => {
        const world = await running(
          aPipeline(drawing, {
            ...URLS,
            call: { ...URLS.call, work: { retry: { attempts: 3, base: '10ms', cap: '10ms' } } },
          }),
          { target: failingAt(({ body }) => ({ status: body.id === 'good' ? 200 : 503 })) },
        );
        for (const id of ['good', 'bad']) await world.during(world.send({ id, key: 'k' }));
        await world.clock.run(60_000);
        expect(idsAt(world, 'http://call')).toEqual(['good']);
        expect(idsAt(world, 'http://rescue')).toEqual(['bad']);
        expect(world.target.calls.filter(({ body, url }) => body.id === 'bad' && url === 'http://call')).toHaveLength(
          3,
        );
        expect(await lettersOf(world)).toEqual([]);
        expect(await nodeOf(world, 'call')).toMatchObject({ diverted: 1, deadLetters: 0 });
        expect((await world.engine.figures('simulated'))?.totals.depth).toBe(0);
        expect(world.notices.filter(({ kind }) => kind === 'dead-lettered')).toEqual([]);
      });
    }

    it(`once, also when the process dies right behind the commit, ${delivery}`, async () => {
      const world = await running(
        aPipeline(`in -${delivery}-> call\ncall.failed -pull-> call:rescue`, { ...URLS, w2: { queue: {} } }),
        {
          target: failingAt(() => ({ status: 400 })),
          disk: { commitMs: [5, 5], answerMs: [5, 5], leaseMs: [1, 1] },
        },
      );
      await world.during(world.send({ id: 'm', key: 'k' }));
      await world.clock.runUntil(() => idsAt(world, 'http://rescue').length > 0, 10_000);
      world.crash();
      await world.during(world.restart());
      await world.clock.run(60_000);
      // The rescuer's own message was in hand when the process died; it carries one id all the time.
      const calls = world.target.calls.filter(({ url }) => url === 'http://rescue');
      expect(new Set(calls.map(({ id }) => id)).size).toBe(1);
      expect(await lettersOf(world)).toEqual([]);
    });
  }

  it('as it came: payload, key, correlation and other headers stay', async () => {
    const world = await running(aPipeline('in -pull-> pass -pull-> call\ncall.failed -pull-> call:rescue', URLS), {
      target: scriptedTarget(({ url }) => (url === 'http://call' ? { status: 400 } : { afterMs: 600_000 })),
    });
    const answer = await world.during(world.send({ id: 'm', key: 'k' }));
    await world.clock.run(1_000);
    const [peeked] = await world.store.peek({ source: { queue: 'simulated/w3' }, limit: 10 });
    expect(peeked?.message).toMatchObject({
      key: 'k',
      payload: { id: 'm', key: 'k' },
      headers: {
        'sluice-error-code': 'target-status',
        'sluice-error-message': 'target answered 400',
        'sluice-failed-node': 'call',
        'sluice-attempts': '1',
      },
      ...(answer?.ok === true ? { correlationId: answer.correlationId } : {}),
    });
  });

  it('what has expired and what kills its process, too', async () => {
    let dies = false;
    const world = await running(
      aPipeline('in -pull-> call\ncall.failed -pull-> call:rescue', {
        ...URLS,
        w1: { queue: { expireAfter: '30s' } },
        call: { ...URLS.call, work: { workers: 1, quarantineAfter: 2 } },
      }),
      {
        target: scriptedTarget(({ url, body }) => {
          if (url === 'http://rescue') return { afterMs: 5 };
          dies = body.id === 'killer';
          return { afterMs: 40_000 };
        }),
      },
    );
    await world.during(world.send({ id: 'killer' }));
    await world.during(world.send({ id: 'waits' }));
    for (let crash = 0; crash < 2; crash += 1) {
      await world.clock.runUntil(() => dies, 60_000);
      dies = false;
      world.crash();
      await world.during(world.restart());
    }
    await world.clock.run(120_000);
    expect(new Set(idsAt(world, 'http://rescue'))).toEqual(new Set(['killer', 'waits']));
    expect(await lettersOf(world)).toEqual([]);
  });

  it('not where poison blocks: there nothing is given up', async () => {
    const world = await running(
      aPipeline('in -event-> call\ncall.failed -pull-> call:rescue', {
        ...URLS,
        w1: { log: { onPoison: 'block' } },
        call: { ...URLS.call, work: { retry: { attempts: 2, base: '1s', cap: '1s' } } },
      }),
      { target: failingAt(({ at }) => ({ status: at < 60_000 ? 400 : 200 })) },
    );
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(120_000);
    expect(idsAt(world, 'http://rescue')).toEqual([]);
    expect(idsAt(world, 'http://call')).toEqual(['m']);
  });

  it('and to dead letter when the push wire there fails as well', async () => {
    const world = await running(aPipeline('in -pull-> call\ncall.failed -push-> call:rescue', URLS), {
      target: scriptedTarget(() => ({ status: 400 })),
    });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(10_000);
    expect(await lettersOf(world)).toMatchObject([{ reason: 'permanent', nodeId: 'call', wireId: 'w1' }]);
    expect((await nodeOf(world, 'call'))?.diverted).toBe(0);
  });

  it('where what comes of it is larger than a wire may ever hold', async () => {
    const tooMany = (bytes: number) =>
      running(
        aPipeline('in -pull-> split -pull-> call\nsplit.failed -pull-> call:rescue', {
          ...URLS,
          split: { config: { parts: 6 } },
          w2: { queue: { capacity: 5 } },
          w3: { queue: { capacityBytes: bytes } },
        }),
        { target: scriptedTarget() },
      );
    const world = await tooMany(1_000_000);
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(10_000);
    expect(idsAt(world, 'http://rescue')).toEqual(['m']);
    // And to dead letter where that is so for the port's own wire.
    const tight = await tooMany(10);
    await tight.during(tight.send({ id: 'm' }));
    await tight.clock.run(10_000);
    expect(await lettersOf(tight)).toMatchObject([{ error: { code: 'too-large-for-wire' } }]);
  });

  it('waits for room there, and loses nothing', async () => {
    const world = await running(
      aPipeline('in -pull-> call\ncall.failed -pull-> call:rescue', {
        ...URLS,
        w2: { queue: { capacity: 2 } },
        rescue: { ...URLS.rescue, work: { workers: 1 } },
      }),
      {
        target: scriptedTarget(({ url }) => (url === 'http://call' ? { status: 400 } : { afterMs: 1_000 })),
      },
    );
    for (let n = 0; n < 20; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(60_000);
    expect(new Set(idsAt(world, 'http://rescue')).size).toBe(20);
    expect(await lettersOf(world)).toEqual([]);
  });

  it('a target for failures that is away holds nobody up', async () => {
    const world = await running(
      aPipeline('in -pull-> call\ncall.failed -push-> call:rescue', {
        ...URLS,
        rescue: { ...URLS.rescue, work: { breaker: { minimumCalls: 1, openFor: '1h' } } },
      }),
      {
        target: scriptedTarget(({ url, body }) => ({
          status: url === 'http://rescue' ? 503 : body.id === 'bad' ? 400 : 200,
        })),
      },
    );
    for (const id of ['bad', 'good']) await world.during(world.send({ id }));
    await world.clock.run(10_000);
    expect((await nodeOf(world, 'rescue'))?.breaker).toBe('open');
    expect(idsAt(world, 'http://call')).toEqual(['good']);
    expect(await lettersOf(world)).toHaveLength(1);
  });
});

describe('U4 a called node that fails for good has handled it by its port failed', () => {
  const drawing = 'in -push-> pass -push-> call\ncall.failed -pull-> call:rescue';

  it('so its caller sees success, and what is stored makes it 202', async () => {
    const world = await running(aPipeline(drawing, URLS), { target: failingAt(() => ({ status: 400 })) });
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({
      ok: true,
      httpStatus: 202,
      status: 'accepted',
    });
    await world.clock.run(5_000);
    expect(idsAt(world, 'http://rescue')).toEqual(['m']);
  });

  it('but not what may be retried: whoever owns the retries is told', async () => {
    const world = await running(aPipeline(drawing, URLS), { target: failingAt(() => ({ status: 503 })) });
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: false, problem: { status: 502 } });
    await world.clock.run(5_000);
    expect(idsAt(world, 'http://rescue')).toEqual([]);
  });

  it('unless the node makes its tries itself, and they are used up', async () => {
    const world = await running(
      aPipeline(drawing, { ...URLS, call: { ...URLS.call, work: { retry: { attempts: 3, base: '10ms' } } } }),
      { target: failingAt(() => ({ status: 503 })) },
    );
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: true, httpStatus: 202 });
    expect(world.target.calls.filter(({ url }) => url === 'http://call')).toHaveLength(3);
  });

  it('or whoever owns the retries has none left: the nearest port takes it', async () => {
    const world = await running(
      aPipeline(
        'in -pull-> pass -push-> call\npass -pull-> call:other\ncall.failed -pull-> call:rescue\npass.failed -pull-> call:far',
        {
          ...URLS,
          pass: { work: { retry: { attempts: 3, base: '10ms', cap: '10ms' } } },
          other: { config: { url: 'http://other' } },
          far: { config: { url: 'http://far' } },
        },
      ),
      { target: scriptedTarget(({ url }) => ({ status: url === 'http://call' ? 503 : 200 })) },
    );
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(10_000);
    expect(world.target.calls.filter(({ url }) => url === 'http://call')).toHaveLength(3);
    expect([idsAt(world, 'http://rescue'), idsAt(world, 'http://far')]).toEqual([['m'], []]);
    // The rest of the unit is stored with it.
    expect(idsAt(world, 'http://other')).toEqual(['m']);
  });

  it("and what a node's calls fail on goes out of its own port, where the called one has none", async () => {
    const world = await running(aPipeline('in -pull-> pass -push-> call\npass.failed -pull-> call:rescue', URLS), {
      target: failingAt(() => ({ status: 400 })),
    });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(10_000);
    expect(idsAt(world, 'http://rescue')).toEqual(['m']);
    const hop = world.trace.find(({ kind }) => kind === 'diverted');
    expect(hop).toMatchObject({ elementId: 'pass', detail: 'target-status' });
  });

  it('also behind a poller, which has no such port itself', async () => {
    const world = await running(
      aPipeline('tick -push-> call\ncall.failed -pull-> call:rescue', {
        ...URLS,
        tick: { config: { limit: 2 }, work: { retry: { attempts: 2, base: '10ms', cap: '10ms' } } },
      }),
      { target: failingAt(() => ({ status: 503 })) },
    );
    await world.clock.run(30_000);
    expect(idsAt(world, 'http://rescue')).toEqual(['t0', 't1']);
    expect(await lettersOf(world)).toEqual([]);
  });
});
