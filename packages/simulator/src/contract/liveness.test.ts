import { WorkError, type BehaviourCatalogue, type PreparedNode } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { plainBehaviours } from '../testing/plain-nodes.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

/** The plain nodes, one type of them replaced. */
const withNode = (type: string, prepared: PreparedNode): BehaviourCatalogue => ({
  find: (wanted) =>
    wanted === type ? { type, prepare: () => Promise.resolve(prepared) } : plainBehaviours.find(wanted),
});

describe('nobody sleeps while there is work', () => {
  it("a feed that was held by others' work in hand goes on when that came to nothing", async () => {
    const world = await running(
      aPipeline('in:a -pull-> call-on -push-> pass:join -pull-> call\nin:b -pull-> pass:pb -push-> join', {
        a: { config: { path: 'a' } },
        b: { config: { path: 'b' } },
        'call-on': { config: { url: 'http://refuses' }, work: { workers: 4 } },
        w3: { queue: { capacity: 4 } },
      }),
      { target: scriptedTarget(({ url }) => (url === 'http://refuses' ? { status: 400, afterMs: 300 } : {})) },
    );
    for (let n = 0; n < 4; n += 1) await world.during(world.send({ from: 'a', n }, { path: 'a' }));
    await world.clock.run(50);
    await world.during(world.send({ from: 'b' }, { path: 'b' }));
    await world.clock.run(200);
    expect((await world.engine.figures('simulated'))?.nodes['pb']).toMatchObject({ state: 'held', heldBy: 'w3' });
    await world.clock.run(100);
    expect(world.target.effects.map(({ body }) => body.from)).toEqual(['b']);
  });

  for (const delivery of ['pull', 'event'] as const) {
    it(`a message that arrives while the store is being asked is not overlooked, ${delivery}`, async () => {
      let isSlow = false;
      const world = await running(aPipeline(`in -${delivery}-> call`, { w1: { log: { partitions: 1 } } }), {
        watch: (store) =>
          overriding(store, {
            // The answer of the store takes its time: what arrives meanwhile is not in it.
            lease: async (request) => {
              const result = await store.lease(request);
              if (isSlow) await new Promise<void>((resolve) => world.clock.setTimer(20, resolve));
              return result;
            },
          }),
      });
      await world.during(world.engine.pause('simulated'));
      isSlow = true;
      await world.engine.resume('simulated');
      await world.clock.run(5);
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(100);
      expect(world.target.effects).toHaveLength(1);
    });

    it(`looking at an empty wire uses up no rate, ${delivery}`, async () => {
      const world = await running(aPipeline(`in -${delivery}-> call`, { call: { work: { rateLimit: '10/s' } } }));
      for (let round = 1; round <= 3; round += 1) {
        // A second's worth is there at once, though one look after the other has found less than it asked for.
        await world.clock.run(2_000);
        for (let n = 0; n < 9; n += 1) await world.during(world.send({ id: `m${round}-${n}`, key: `k${n}` }));
        await world.clock.run(50);
        expect(world.target.effects).toHaveLength(9 * round);
      }
    });
  }
});

describe('a node that misbehaves harms its message and nothing else', () => {
  for (const [name, code, result] of [
    ['gives something to a port that it does not have', 'port-unknown', { outputs: [{ port: 'nowhere', payload: 1 }] }],
    [
      'publishes to a topic that it did not name',
      'topic-unnamed',
      { outputs: [], publications: [{ topic: 'x', output: { payload: 1 } }] },
    ],
  ] as const) {
    it(`C8 when it ${name}, behind a queue and behind a poller`, async () => {
      const behaviours = withNode('pass', { kind: 'work', work: () => Promise.resolve(result) });
      for (const drawing of ['tick -pull-> pass', 'tick -push-> pass']) {
        const world = await running(aPipeline(drawing, { tick: { config: { limit: 2 } } }), { behaviours });
        await world.clock.run(5_000);
        expect(world.failures).toEqual([]);
        expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toMatchObject([
          { reason: 'permanent', nodeId: 'pass', error: { code } },
          { reason: 'permanent', nodeId: 'pass', error: { code } },
        ]);
      }
    });
  }

  it('when it throws before it returns a promise', async () => {
    const behaviours = withNode('pass', {
      kind: 'work',
      work: () => {
        throw new WorkError('at once', { code: 'bad-payload', retryable: false });
      },
    });
    const world = await running(aPipeline('in -pull-> pass'), { behaviours });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(1_000);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toMatchObject([
      { error: { code: 'bad-payload' } },
    ]);
  });

  it('when its work or its poll never ends: it is cut off at its timeout, and a stop is not held up', async () => {
    const never = (): Promise<never> => new Promise(() => {});
    const poller = await running(aPipeline('tick -pull-> call', { tick: { work: { timeout: '5s' } } }), {
      behaviours: withNode('tick', { kind: 'pull-source', firstPollMs: () => 0, poll: never }),
    });
    await poller.clock.run(60_000);
    expect(
      poller.trace.filter(({ kind, detail }) => kind === 'poll-failed' && detail === 'poll-timeout').length,
    ).toBeGreaterThan(3);
    await poller.during(poller.engine.stop('simulated'), 1_000);

    const worker = await running(
      aPipeline('in -pull-> pass', { pass: { work: { timeout: '5s', retry: { attempts: 2, base: '1s' } } } }),
      {
        behaviours: withNode('pass', { kind: 'work', work: never }),
      },
    );
    await worker.during(worker.send({ id: 'm' }));
    await worker.clock.run(1_000);
    await worker.during(worker.engine.pause('simulated'), 10_000);
    await worker.engine.resume('simulated');
    await worker.clock.run(60_000);
    expect(await worker.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toMatchObject([
      { error: { code: 'work-timeout' } },
    ]);
  });
});

describe('C4 nothing grows for ever', () => {
  it('read messages leave a log after their retention, unread ones stay', async () => {
    const world = await running(
      aPipeline('in -event-> call:reads\nin -event-> call:stuck', {
        w1: { log: { retention: '30s' } },
        w2: { log: { retention: '30s' } },
        stuck: { config: { url: 'http://stuck' } },
      }),
      {
        target: scriptedTarget(({ url, at }) => (url === 'http://stuck' && at < 100_000 ? { status: 0 } : {})),
      },
    );
    for (let n = 0; n < 20; n += 1) await world.during(world.send({ id: `m${n}`, key: `k${n}` }));
    await world.clock.run(90_000);
    expect((await world.engine.figures('simulated'))?.wires['w1']?.retained).toBe(20);
    await world.clock.run(200_000);
    expect((await world.engine.figures('simulated'))?.wires['w1']?.retained).toBe(0);
  });
});
