import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget, type SeenCall } from '../testing/scripted-target.ts';

const byKey = (calls: readonly SeenCall[]): Record<string, string[]> => {
  const keys: Record<string, string[]> = {};
  for (const { body } of calls) (keys[body.key] ??= []).push(body.id);
  return keys;
};

describe('C11 order is kept where promised', () => {
  for (const [name, settings] of [
    ['pull ordered by key', { w1: { delivery: 'pull', queue: { orderBy: 'key' } } }],
    ['event', { w1: { delivery: 'event', log: { partitions: 32 } } }],
  ] as const) {
    const document = aPipeline('in -pull-> call', {
      ...settings,
      call: { work: { workers: 8, retry: { attempts: 50, base: '100ms', cap: '1s' } } },
    });

    it(`per key through failures and several workers, ${name}`, async () => {
      const world = await running(document, {
        // Every third message fails twice, each takes another time.
        target: scriptedTarget(({ body, nth }) => ({
          afterMs: 5 + ((body.n * 37) % 90),
          status: body.n % 3 === 0 && nth < 3 ? 500 : 200,
        })),
      });
      for (let n = 0; n < 40; n += 1) await world.during(world.send({ id: `m${n}`, key: `k${n % 4}`, n }));
      await world.clock.run(120_000);
      expect(world.target.effects).toHaveLength(40);
      for (let key = 0; key < 4; key += 1) {
        expect(byKey(world.target.effects)[`k${key}`]).toEqual(
          Array.from({ length: 10 }, (_, index) => `m${index * 4 + key}`),
        );
      }
    });

    it(`a failing key blocks only itself, ${name}`, async () => {
      const world = await running(document, {
        target: scriptedTarget(({ body, at }) => ({ status: body.key === 'bad' && at < 20_000 ? 500 : 200 })),
      });
      // Keys that fall into other partitions than `bad`.
      for (const [n, key] of ['bad', 'a', 'b', 'bad', 'a', 'b', 'bad'].entries())
        await world.during(world.send({ id: `m${n}`, key, n }));
      await world.clock.run(2_000);
      expect(byKey(world.target.effects)).toEqual({ a: ['m1', 'm4'], b: ['m2', 'm5'] });
      await world.clock.run(60_000);
      expect(byKey(world.target.effects)['bad']).toEqual(['m0', 'm3', 'm6']);
    });

    it(`through a crash with messages in hand, ${name}`, async () => {
      const world = await running(document, {
        target: scriptedTarget(({ body }) => ({ afterMs: 20 + ((body.n * 53) % 70) })),
      });
      for (let n = 0; n < 30; n += 1) await world.during(world.send({ id: `m${n}`, key: `k${n % 3}`, n }));
      await world.clock.run(100);
      world.crash();
      await world.during(world.restart());
      await world.clock.run(60_000);
      for (let key = 0; key < 3; key += 1) {
        const firsts = [...new Set(byKey(world.target.effects)[`k${key}`])];
        expect(firsts).toEqual(Array.from({ length: 10 }, (_, index) => `m${index * 3 + key}`));
      }
    });
  }

  for (const delivery of ['pull', 'event'] as const) {
    it(`U6 a wire that is full downstream turns nothing round, and what is refused counts no attempt, ${delivery}`, async () => {
      const world = await running(
        aPipeline(`in -${delivery}-> split -pull-> call`, {
          split: { config: { parts: 2 } },
          w1: delivery === 'pull' ? { queue: { orderBy: 'key' } } : { log: { partitions: 1 } },
          w2: { queue: { capacity: 3, orderBy: 'key' } },
          call: { work: { workers: 1 } },
        }),
        { target: scriptedTarget(() => ({ afterMs: 200 })) },
      );
      for (let n = 0; n < 20; n += 1) await world.during(world.send({ id: `m${n}`, key: 'k', n }));
      await world.clock.run(120_000);
      const expected = Array.from({ length: 40 }, (_, index) => `m${Math.floor(index / 2)}`);
      expect(world.target.effects.map(({ body }) => body.id)).toEqual(expected);
      expect(world.trace.filter(({ kind, attempt }) => kind === 'leased' && attempt !== 1)).toEqual([]);
      // It is held, not tried again and again.
      expect(world.trace.filter(({ kind }) => kind === 'full').length).toBeLessThan(100);
    });
  }

  it('park goes on behind a message that is given up, block stands still before it', async () => {
    for (const [onPoison, reached] of [
      ['park', ['m0', 'm2']],
      ['block', ['m0']],
    ] as const) {
      const world = await running(aPipeline('in -event-> call', { w1: { log: { partitions: 1, onPoison } } }), {
        target: scriptedTarget(({ body }) => ({ status: body.n === 1 ? 400 : 200 })),
      });
      for (let n = 0; n < 3; n += 1) await world.during(world.send({ id: `m${n}`, key: 'k', n }));
      await world.clock.run(60_000);
      expect(world.target.effects.map(({ body }) => body.id)).toEqual(reached);
      expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toHaveLength(
        onPoison === 'park' ? 1 : 0,
      );
    }
  });

  it('groups on one port go at their own speed', async () => {
    const world = await running(
      aPipeline('in -event-> call:fast\nin -event-> call:slow', {
        fast: { config: { url: 'http://fast' } },
        slow: { config: { url: 'http://slow' } },
      }),
      {
        target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://slow' ? 5_000 : 5 })),
      },
    );
    for (let n = 0; n < 10; n += 1) await world.during(world.send({ id: `m${n}`, key: 'k', n }));
    await world.clock.run(1_000);
    expect(world.target.effects.filter(({ url }) => url === 'http://fast')).toHaveLength(10);
    expect((await world.engine.figures('simulated'))?.wires).toMatchObject({ w1: { depth: 0 }, w2: { depth: 10 } });
    await world.clock.run(60_000);
    expect(world.target.effects.filter(({ url }) => url === 'http://slow').map(({ body }) => body.n)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });
});

describe('no wire starves behind another', () => {
  it('two pull wires of one busy worker take turns', async () => {
    const world = await running(
      aPipeline('in:a -pull-> call\nin:b -pull-> call', {
        a: { config: { path: 'a' } },
        b: { config: { path: 'b' } },
        call: { work: { workers: 1 } },
      }),
      { target: scriptedTarget(() => ({ afterMs: 100 })) },
    );
    for (let n = 0; n < 20; n += 1) await world.during(world.send({ from: 'a', n }, { path: 'a' }));
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ from: 'b', n }, { path: 'b' }));
    await world.clock.run(1_500);
    expect(world.target.effects.filter(({ body }) => body.from === 'b')).toHaveLength(5);
  });

  it('all partitions get their share of one worker', async () => {
    const world = await running(
      aPipeline('tick -event-> call', {
        tick: { config: { everyMs: 50, page: 20, keys: 40 } },
        call: { work: { workers: 1 } },
      }),
      {
        target: scriptedTarget(() => ({ afterMs: 20 })),
      },
    );
    await world.clock.run(10_000);
    const last = new Map<string, number>();
    for (const { body, at } of world.target.effects) last.set(body.key, at);
    expect(last.size).toBe(40);
  });

  it('a wire with little room is shared by those who write to it', async () => {
    const world = await running(
      aPipeline('in:a -pull-> pass:pa -push-> pass:join -pull-> call\nin:b -pull-> pass:pb -push-> join', {
        a: { config: { path: 'a' } },
        b: { config: { path: 'b' } },
        w3: { queue: { capacity: 1 } },
        call: { work: { workers: 1 } },
      }),
      { target: scriptedTarget(() => ({ afterMs: 50 })) },
    );
    for (let n = 0; n < 30; n += 1) await world.during(world.send({ from: 'a', n }, { path: 'a' }));
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ from: 'b', n }, { path: 'b' }));
    await world.clock.run(1_000);
    expect(world.target.effects.filter(({ body }) => body.from === 'b')).toHaveLength(5);
  });
});
