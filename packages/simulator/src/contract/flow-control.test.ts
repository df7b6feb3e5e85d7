import type { Message, NodeFigures } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { mostAtOnce, mostWithin, watchingNode, type WatchedWork } from '../testing/watching-node.ts';

type World = Awaited<ReturnType<typeof running>>;

/** `in -> pass -> call`, the verbs at `pass`, which takes as long as it is told. */
async function aWorld(
  work: object,
  wishes: {
    readonly takes?: (message: Message) => number;
    readonly delivery?: 'pull' | 'event';
    readonly wire?: object;
    readonly disk?: boolean;
  } = {},
) {
  const { takes = () => 100, delivery = 'pull', wire = {} } = wishes;
  const at: { world?: World } = {};
  const node = watchingNode(() => {
    if (at.world === undefined) throw new Error('There is no world yet');
    return at.world.clock;
  }, takes);
  const world = await running(
    aPipeline(`in -${delivery}-> pass -pull-> call`, {
      pass: { work: { timeout: '1m', ...work } },
      w1: wire,
    }),
    {
      behaviours: node.behaviours,
      ...(wishes.disk === true ? { disk: { commitMs: [0, 5], answerMs: [0, 3], leaseMs: [0, 2] } } : {}),
    },
  );
  at.world = world;
  let sent = 0;
  const send = async (payload: object = {}): Promise<void> => {
    await world.during(world.send({ n: sent, ...payload }));
    sent += 1;
  };
  const sendMany = async (count: number, payload: (n: number) => object = () => ({})): Promise<void> => {
    for (let n = 0; n < count; n += 1) await send(payload(n));
  };
  return { world, works: node.works, send, sendMany, sent: () => sent };
}

async function passFigures(world: World): Promise<NodeFigures> {
  const figures = (await world.engine.figures('simulated'))?.nodes['pass'];
  if (figures === undefined) throw new Error('There is no node pass');
  return figures;
}

const ns = (works: readonly WatchedWork[]): readonly number[] => works.map(({ payload }) => payload.n);

/** C2 everything that was accepted has one end: it came out, or it was discarded and counted. */
async function expectAllAccountedFor(world: World, sent: number, delivered: number): Promise<void> {
  const { discarded, deadLetters } = await passFigures(world);
  const count = Object.values(discarded).reduce((sum, each) => sum + each, 0);
  expect({ delivered: delivered + count + deadLetters }).toEqual({ delivered: sent });
  expect(world.trace.filter(({ kind }) => kind === 'discarded')).toHaveLength(count);
  expect(await world.store.backlog({ queue: 'simulated/w1' })).toMatchObject({ messages: 0, inHand: 0 });
  expect((await passFigures(world)).busy).toBe(0);
}

describe('concurrency by key', () => {
  const verb = { workers: 10, concurrency: { limit: 2, key: 'who' } };

  for (const delivery of ['pull', 'event'] as const) {
    it(`never works on more of one key than its limit, and on all in the end, ${delivery}`, async () => {
      const { world, works, sendMany } = await aWorld(verb, {
        delivery,
        takes: ({ payload }) => 50 + ((payload as { readonly n: number }).n % 7) * 40,
        wire: { log: { partitions: 8 } },
      });
      await sendMany(80, (n) => ({ who: n % 4 === 0 ? 'b' : 'a', key: `k${n}` }));
      await world.clock.run(120_000);
      for (const who of ['a', 'b'])
        expect(mostAtOnce(works.filter(({ payload }) => payload.who === who))).toBeLessThanOrEqual(2);
      expect(world.target.effects).toHaveLength(80);
      expect(new Set(works.map(({ attempt }) => attempt))).toEqual(new Set([1]));
      await expectAllAccountedFor(world, 80, 80);
    });
  }

  it('a busy key does not hold up the others', async () => {
    const { world, works, sendMany } = await aWorld(verb, { takes: () => 10_000 });
    await sendMany(200, () => ({ who: 'busy' }));
    await sendMany(3, (n) => ({ who: `other${n}` }));
    await world.clock.run(2_000);
    expect(new Set(works.map(({ payload }) => payload.who))).toEqual(new Set(['busy', 'other0', 'other1', 'other2']));
  });

  it('V3 takes up those that wait in the order of their arrival, and keeps its places busy', async () => {
    const { world, works, sendMany } = await aWorld(
      { workers: 4, concurrency: { limit: 1, key: 'who' } },
      { takes: () => 200 },
    );
    await sendMany(50, () => ({ who: 'a' }));
    await world.clock.run(60_000);
    expect(ns(works)).toEqual(ns(works).toSorted((a, b) => a - b));
    // 50 times 200 ms one after the other, and not half as long again.
    expect(works.at(-1)?.toMs).toBeLessThan(15_000);
  });

  it('V1 counts no attempt for waiting, and sends back without a turn in circles', async () => {
    const { world, works, sendMany } = await aWorld(verb, { takes: () => 1_000 });
    await sendMany(100, () => ({ who: 'a' }));
    await world.clock.run(60_000);
    expect(works).toHaveLength(100);
    const putOff = world.trace.filter(({ kind, detail }) => kind === 'released' && detail === 'put-off');
    expect(putOff.length).toBeGreaterThan(0);
    expect(putOff.length).toBeLessThan(100 * 8);
  });
});

describe('throttle', () => {
  for (const [name, key] of [
    ['of the node', undefined],
    ['by key', 'who'],
  ] as const) {
    for (const delivery of ['pull', 'event'] as const) {
      it(`${name}: never starts more than its limit in any span of the period, ${delivery}`, async () => {
        const { world, works, sendMany } = await aWorld(
          { workers: 20, throttle: { limit: 5, period: '10s', ...(key === undefined ? {} : { key }) } },
          { delivery, wire: { log: { partitions: 8 } } },
        );
        await sendMany(30, (n) => ({ who: n % 2 === 0 ? 'a' : 'b', key: `k${n}` }));
        await world.clock.run(120_000);
        const groups =
          key === undefined ? [works] : ['a', 'b'].map((who) => works.filter((w) => w.payload.who === who));
        for (const group of groups) expect(mostWithin(group, 10_000)).toBe(5);
        expect(world.target.effects).toHaveLength(30);
        await expectAllAccountedFor(world, 30, 30);
      });
    }
  }

  it('V1 leaves what has to wait on its wire, in order and untouched', async () => {
    const { world, works, sendMany } = await aWorld({ throttle: { limit: 2, period: '1m' } });
    await sendMany(6);
    await world.clock.run(30_000);
    expect(works).toHaveLength(2);
    expect(await world.store.backlog({ queue: 'simulated/w1' })).toMatchObject({ messages: 4, delayed: 0, inHand: 0 });
    await world.clock.run(200_000);
    expect(ns(works)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(world.trace.filter(({ kind }) => kind === 'released')).toEqual([]);
  });
});

describe('debounce', () => {
  const verb = { workers: 4, debounce: { period: '2s', key: 'who', maxWait: '7s' } };

  it('V2 works on the last of messages in quick succession, and counts the others', async () => {
    const { world, works, send } = await aWorld(verb);
    for (let n = 0; n < 10; n += 1) {
      await send({ who: n % 2 === 0 ? 'a' : 'b' });
      await world.clock.run(300);
    }
    await world.clock.run(20_000);
    expect(ns(works).toSorted((a, b) => a - b)).toEqual([8, 9]);
    expect((await passFigures(world)).discarded).toEqual({
      debounced: 8,
      'singleton-skipped': 0,
      'singleton-cancelled': 0,
    });
    await expectAllAccountedFor(world, 10, world.target.effects.length);
  });

  it('works on the latest at the latest after the longest wait', async () => {
    const { world, works, send } = await aWorld(verb);
    for (let n = 0; n < 20; n += 1) {
      await send({ who: 'a' });
      await world.clock.run(1_000);
    }
    expect(works.length).toBeGreaterThanOrEqual(2);
    for (const [index, work] of works.entries()) expect(work.fromMs).toBeLessThanOrEqual((index + 1) * 8_100);
    await world.clock.run(20_000);
    expect(ns(works).at(-1)).toBe(19);
    await expectAllAccountedFor(world, 20, world.target.effects.length);
  });

  it('V10 sees later messages also while all workers are busy', async () => {
    const { world, works, send } = await aWorld(
      { ...verb, workers: 1 },
      { takes: ({ payload }) => ((payload as { readonly who: string }).who === 'slow' ? 20_000 : 10) },
    );
    await send({ who: 'slow' });
    await world.clock.run(3_000);
    expect(works).toHaveLength(1);
    for (let n = 0; n < 5; n += 1) {
      await send({ who: 'a' });
      await world.clock.run(500);
    }
    await world.clock.run(60_000);
    expect(ns(works)).toEqual([0, 5]);
  });

  it('V10 goes through a backlog as well', async () => {
    const { world, works, sendMany } = await aWorld(verb);
    await world.during(world.engine.pause('simulated'));
    await world.engine.resume('simulated');
    await sendMany(300, (n) => ({ who: `k${n % 3}` }));
    await world.clock.run(30_000);
    expect(ns(works).toSorted((a, b) => a - b)).toEqual([297, 298, 299]);
    await expectAllAccountedFor(world, 300, world.target.effects.length);
  });

  it('V3 V10 on a log: the partition waits for the first, and the last of each key is worked on, in order', async () => {
    const { world, works, send } = await aWorld(
      { workers: 4, debounce: { period: '2s', key: 'key', maxWait: '7s' } },
      { delivery: 'event', wire: { log: { partitions: 2, orderBy: 'key' } } },
    );
    for (let n = 0; n < 12; n += 1) {
      await send({ key: `k${n % 3}` });
      await world.clock.run(200);
    }
    await world.clock.run(30_000);
    expect(ns(works).toSorted((a, b) => a - b)).toEqual([9, 10, 11]);
    expect((await passFigures(world)).discarded.debounced).toBe(9);
    await send({ key: 'k0' });
    await world.clock.run(1_000);
    expect(works).toHaveLength(3);
    await world.clock.run(5_000);
    expect(works).toHaveLength(4);
  });

  it('C2 V4 loses no last message when the process dies again and again', async () => {
    const { world, works, send } = await aWorld(verb, { disk: true });
    const last = new Map<string, number>();
    for (let n = 0; n < 60; n += 1) {
      const who = `k${n % 4}`;
      if ((await world.during(world.send({ n, who })))?.ok === true) last.set(who, n);
      await world.clock.run(137);
      if (n % 9 === 4) {
        world.crash();
        await world.during(world.restart());
      }
    }
    await send({ who: 'unused' });
    await world.clock.run(60_000);
    const delivered = new Set(world.target.effects.map(({ body }) => body.n));
    for (const n of last.values()) expect(delivered).toContain(n);
    expect(works.length).toBeLessThan(40);
    expect(await world.store.backlog({ queue: 'simulated/w1' })).toMatchObject({ messages: 0 });
  });
});

describe('singleton', () => {
  it('V2 skip: what comes while another of its key is worked on is discarded and counted', async () => {
    const { world, works, send } = await aWorld(
      { workers: 1, singleton: { key: 'who', mode: 'skip' } },
      { takes: () => 5_000 },
    );
    for (let n = 0; n < 8; n += 1) {
      await send({ who: 'a' });
      await world.clock.run(1_000);
    }
    await world.clock.run(30_000);
    expect(ns(works)).toEqual([0, 5]);
    expect((await passFigures(world)).discarded['singleton-skipped']).toBe(6);
    await expectAllAccountedFor(world, 8, world.target.effects.length);
  });

  it('V9 skip: also while the one before waits for its retry', async () => {
    let failures = 1;
    const { world, works, send } = await aWorld(
      { workers: 4, singleton: { mode: 'skip' }, retry: { backoff: 'constant', base: '10s' } },
      {
        takes: () => {
          failures -= 1;
          if (failures >= 0) throw new Error('not yet');
          return 10;
        },
      },
    );
    await send();
    await world.clock.run(3_000);
    await send();
    await world.clock.run(30_000);
    expect(works.map(({ payload, attempt }) => [payload.n, attempt])).toEqual([
      [0, 1],
      [0, 2],
    ]);
    await expectAllAccountedFor(world, 2, world.target.effects.length);
  });

  it('V2 cancel: the newest takes the place, what it ended is counted, and only its own result is stored', async () => {
    const { world, works, send } = await aWorld(
      { workers: 1, singleton: { key: 'who', mode: 'cancel' } },
      { takes: () => 5_000 },
    );
    for (let n = 0; n < 5; n += 1) {
      await send({ who: 'a' });
      await world.clock.run(1_000);
    }
    await world.clock.run(30_000);
    expect(works.map(({ payload, outcome }) => [payload.n, outcome])).toEqual([
      [0, 'cancelled'],
      [1, 'cancelled'],
      [2, 'cancelled'],
      [3, 'cancelled'],
      [4, 'done'],
    ]);
    expect(world.target.effects.map(({ body }) => body.n)).toEqual([4]);
    expect((await passFigures(world)).discarded['singleton-cancelled']).toBe(4);
    await expectAllAccountedFor(world, 5, 1);
  });

  it('cancel: over two wires into one node', async () => {
    const at: { world?: World } = {};
    const node = watchingNode(
      () => {
        if (at.world === undefined) throw new Error('There is no world yet');
        return at.world.clock;
      },
      () => 5_000,
    );
    const world = await running(
      aPipeline('in:a -pull-> pass -pull-> call\nin:b -pull-> pass', {
        a: { config: { path: 'a' } },
        b: { config: { path: 'b' } },
        pass: { work: { workers: 2, singleton: { mode: 'cancel' } } },
      }),
      { behaviours: node.behaviours },
    );
    at.world = world;
    await world.during(world.send({ n: 0 }, { path: 'a' }));
    await world.clock.run(1_000);
    await world.during(world.send({ n: 1 }, { path: 'b' }));
    await world.clock.run(20_000);
    expect(world.target.effects.map(({ body }) => body.n)).toEqual([1]);
  });

  for (const mode of ['skip', 'cancel'] as const) {
    it(`C2 V4 ${mode}: everything has one end over deaths of the process`, async () => {
      const { world, works } = await aWorld(
        { workers: 3, singleton: { key: 'who', mode } },
        { takes: () => 400, disk: true },
      );
      let accepted = 0;
      for (let n = 0; n < 40; n += 1) {
        if ((await world.during(world.send({ n, who: `k${n % 3}` })))?.ok === true) accepted += 1;
        await world.clock.run(90);
        if (n % 13 === 7) {
          world.crash();
          await world.during(world.restart());
        }
      }
      await world.clock.run(60_000);
      expect(await world.store.backlog({ queue: 'simulated/w1' })).toMatchObject({ messages: 0, inHand: 0 });
      const ends = world.trace.filter(
        ({ kind, elementId }) => elementId === 'w1' && (kind === 'committed' || kind === 'discarded'),
      );
      expect(ends).toHaveLength(accepted);
      expect(works.length).toBeGreaterThan(0);
    });
  }
});

describe('C13 V1 what waits in hand goes back at once when the pipeline stops', () => {
  for (const [name, work] of [
    ['for a batch', { batch: { size: 100, wait: '10m' } }],
    ['for a worker', { workers: 1, debounce: { period: '1s', key: 'who' } }],
  ] as const) {
    it(name, async () => {
      const { world, sendMany } = await aWorld(work, { takes: () => 5_000 });
      await sendMany(10, (n) => ({ who: `k${n}` }));
      await world.clock.run(3_000);
      const before = world.clock.monotonicMs();
      await world.during(world.engine.pause('simulated'));
      expect(world.clock.monotonicMs() - before).toBeLessThanOrEqual(5_000);
      const waiting = await world.store.peek({ source: { queue: 'simulated/w1' }, limit: 100 });
      expect(waiting.filter(({ state }) => state === 'in-hand')).toEqual([]);
      expect(new Set(waiting.map(({ attempts }) => attempts))).toEqual(new Set([0]));
      await world.engine.resume('simulated');
      await world.clock.run(900_000);
      expect(await world.store.backlog({ queue: 'simulated/w1' })).toMatchObject({ messages: 0 });
    });
  }
});

describe('C8 expiry goes before verbs', () => {
  it('a message that a verb sends back comes back when it expires, at the latest', async () => {
    const { world, sendMany } = await aWorld(
      { workers: 2, concurrency: { limit: 1, key: 'who' }, throttle: { limit: 1, period: '30m', key: 'who' } },
      { wire: { queue: { expireAfter: '20s' } } },
    );
    await sendMany(3, () => ({ who: 'a' }));
    await world.clock.run(25_000);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toMatchObject([
      { reason: 'expired' },
      { reason: 'expired' },
    ]);
  });
});
