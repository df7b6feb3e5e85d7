import { WorkError, type Message } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { mostAtOnce, watchingNode } from '../testing/watching-node.ts';

type World = Awaited<ReturnType<typeof running>>;
interface Sent {
  readonly n: number;
  readonly who?: string;
}

const members = (message: Pick<Message, 'payload'>): readonly Sent[] => message.payload as unknown as readonly Sent[];
const bad = (text: string, more: Partial<ConstructorParameters<typeof WorkError>[1]> = {}): WorkError =>
  new WorkError(text, { code: 'bad', retryable: false, ...more });

async function aWorld(
  work: object,
  wishes: {
    readonly takes?: (message: Message) => number;
    readonly delivery?: 'pull' | 'event';
    readonly wire?: object;
    readonly disk?: boolean;
    readonly small?: boolean;
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
      w2: wishes.small === true ? { queue: { capacityBytes: 400 } } : {},
    }),
    {
      behaviours: node.behaviours,
      ...(wishes.disk === true ? { disk: { commitMs: [0, 5], answerMs: [0, 3], leaseMs: [0, 2] } } : {}),
    },
  );
  at.world = world;
  const send = async (count: number, payload: (n: number) => object = () => ({})): Promise<void> => {
    for (let n = 0; n < count; n += 1) await world.during(world.send({ n, ...payload(n) }));
  };
  const lists = () => node.works.map(({ payload }) => (payload as readonly Sent[]).map(({ n }) => n));
  /** Numbers of all that came out behind the node, in order of coming. */
  const delivered = () => world.target.effects.flatMap(({ body }) => (body as readonly Sent[]).map(({ n }) => n));
  const dead = async () =>
    (await world.store.deadLetters({ pipelineId: 'simulated', limit: 1_000 })).map(
      ({ message, reason }) => `${(message.payload as unknown as Sent).n} ${reason}`,
    );
  return { world, works: node.works, send, lists, delivered, dead };
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
const sorted = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b);

for (const delivery of ['pull', 'event'] as const) {
  const wire = { log: { partitions: 1 } };

  describe(`V7 batches, ${delivery}`, () => {
    it('are as large as there is something, up to their size, and wait no longer than they may', async () => {
      const { world, send, lists } = await aWorld(
        { workers: 1, batch: { size: 4, wait: '1s' } },
        { delivery, wire, takes: () => 10 },
      );
      await send(10);
      await world.clock.run(5_000);
      expect(lists()).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ]);
      await send(1);
      await world.clock.run(900);
      expect(lists()).toHaveLength(3);
      await world.clock.run(300);
      expect(lists()).toHaveLength(4);
    });

    it('are no larger than their bytes', async () => {
      const { world, send, lists } = await aWorld(
        { workers: 1, batch: { size: 100, bytes: 250, wait: '1s' } },
        { delivery, wire, takes: () => 10 },
      );
      await send(5, () => ({ text: 'x'.repeat(80) }));
      await world.clock.run(10_000);
      expect(lists()).toEqual([[0, 1], [2, 3], [4]]);
    });

    it('C2 are settled together with what comes of them: each member once', async () => {
      const { world, works, send, delivered } = await aWorld({ batch: { size: 7, wait: '200ms' } }, { delivery, wire });
      await send(50);
      await world.clock.run(30_000);
      expect(sorted(delivered())).toEqual(upTo(50));
      expect((await world.engine.figures('simulated'))?.nodes['pass']).toMatchObject({ completed: 50, busy: 0 });
      expect(works.length).toBeLessThan(12);
      expect(world.trace.filter(({ kind, elementId }) => kind === 'committed' && elementId === 'w1')).toHaveLength(50);
    });

    it('C8 one that fails for good is split: each member is tried alone, and only the bad one dies', async () => {
      const { world, works, send, delivered, dead } = await aWorld(
        { workers: 1, batch: { size: 5, wait: '100ms' } },
        {
          delivery,
          wire,
          takes: (message) => {
            if (members(message).some(({ n }) => n === 3)) throw bad('poison');
            return 10;
          },
        },
      );
      await send(10);
      await world.clock.run(10_000);
      expect(await dead()).toEqual(['3 permanent']);
      expect(sorted(delivered())).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
      expect(works.filter(({ payload }) => (payload as readonly Sent[]).length === 1)).toHaveLength(5);
    });

    it('C6 one that fails for a while is tried again, with the attempts of its members', async () => {
      let failures = 2;
      const { world, works, send, delivered } = await aWorld(
        { workers: 1, batch: { size: 3, wait: '100ms' }, retry: { backoff: 'constant', base: '1s' } },
        {
          delivery,
          wire,
          takes: () => {
            failures -= 1;
            if (failures >= 0) throw bad('not yet', { retryable: true });
            return 10;
          },
        },
      );
      await send(3);
      await world.clock.run(20_000);
      expect(sorted(delivered())).toEqual([0, 1, 2]);
      expect(works.slice(0, 2).map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
      expect(Math.max(...works.map(({ attempt }) => attempt))).toBe(3);
    });

    it('C8 where attempts are used up, what was wrong with one does not take others with it', async () => {
      const { world, send, delivered, dead } = await aWorld(
        { workers: 1, batch: { size: 4, wait: '100ms' }, retry: { attempts: 3, backoff: 'constant', base: '100ms' } },
        {
          delivery,
          wire,
          takes: (message) => {
            if (members(message).some(({ n }) => n === 1)) throw bad('never', { retryable: true });
            return 10;
          },
        },
      );
      await send(4);
      await world.clock.run(30_000);
      expect(await dead()).toEqual(['1 attempts-exhausted']);
      expect(sorted(delivered())).toEqual([0, 2, 3]);
    });

    it('C2 C11 lose nothing and repeat nothing inside over deaths of the process', async () => {
      const { world, send, delivered } = await aWorld(
        { batch: { size: 6, wait: '150ms' }, retry: { attempts: 100 }, quarantineAfter: 100 },
        { delivery, wire, disk: true, takes: () => 120 },
      );
      await send(40);
      for (let crash = 0; crash < 6; crash += 1) {
        await world.clock.run(201);
        world.crash();
        await world.during(world.restart());
      }
      await world.clock.run(120_000);
      expect([...new Set(sorted(delivered()))]).toEqual(upTo(40));
      const committed = world.trace.filter(({ kind, elementId }) => kind === 'committed' && elementId === 'w1');
      expect(new Set(committed.map(({ messageId }) => messageId)).size).toBe(committed.length);
    });

    it('U7 C8 V8 what kills its process is found alone and set aside, and takes no other with it', async () => {
      const kills = { now: true };
      const at: { crash?: () => void } = {};
      const { world, send, delivered, dead } = await aWorld(
        { workers: 1, batch: { size: 5, wait: '50ms' }, quarantineAfter: 2 },
        {
          delivery,
          wire,
          takes: (message) => {
            if (kills.now && members(message).some(({ n }) => n === 2)) at.crash?.();
            return 10;
          },
        },
      );
      at.crash = () => {
        world.clock.setTimer(1, () => {
          world.crash();
          world.clock.setTimer(100, () => void world.restart());
        });
      };
      await send(5);
      await world.clock.run(60_000);
      expect(await dead()).toEqual(['2 quarantined']);
      expect(sorted(delivered())).toEqual([0, 1, 3, 4]);
    });

    it('C13 V1 what is gathered goes back uncounted at a stop', async () => {
      const { world, send, lists, delivered } = await aWorld({ batch: { size: 100, wait: '5m' } }, { delivery, wire });
      await send(5);
      await world.clock.run(2_000);
      await world.during(world.engine.pause('simulated'), 1_000);
      expect(lists()).toEqual([]);
      await world.engine.resume('simulated');
      await world.clock.run(700_000);
      expect(sorted(delivered())).toEqual([0, 1, 2, 3, 4]);
      expect(new Set(world.trace.flatMap(({ attempt }) => attempt ?? []))).toEqual(new Set([1]));
    });

    it('U6 what comes of one that has no room even on an empty wire: its members are tried alone', async () => {
      const { world, send, lists, delivered, dead } = await aWorld(
        { workers: 1, batch: { size: 4, wait: '50ms' } },
        { delivery, wire, small: true, takes: () => 10 },
      );
      await send(4, () => ({ text: 'x'.repeat(60) }));
      await world.clock.run(60_000);
      expect(await dead()).toEqual([]);
      expect(lists().map((list) => list.length)).toEqual([4, 1, 1, 1, 1]);
      expect(sorted(delivered())).toEqual([0, 1, 2, 3]);
    });
  });
}

describe('V7 members of a batch that a node names as failed', () => {
  const failing = (named: readonly number[], more: object = {}) => ({
    takes: (message: Message) => {
      const all = members(message);
      const failedMembers = all.flatMap(({ n }, index) => (named.includes(n) ? [index] : []));
      if (failedMembers.length > 0 && (message.attempt === 1 || 'always' in more))
        throw bad('some failed', { retryable: true, failedMembers });
      return 10;
    },
  });

  it('are tried again, and they alone', async () => {
    const { world, lists, send } = await aWorld(
      { workers: 1, batch: { size: 4, wait: '50ms' }, retry: { backoff: 'constant', base: '100ms' } },
      failing([1, 2]),
    );
    await send(4);
    await world.clock.run(10_000);
    expect(lists()[0]).toEqual([0, 1, 2, 3]);
    expect(sorted(lists().slice(1).flat())).toEqual([1, 2]);
    expect((await world.engine.figures('simulated'))?.nodes['pass']).toMatchObject({ completed: 4 });
    expect(await world.store.backlog({ queue: 'simulated/w1' })).toMatchObject({ messages: 0 });
  });

  it('are given up at once when their attempts are used up: the node has told them apart', async () => {
    const { world, works, send, dead } = await aWorld(
      { workers: 1, batch: { size: 4, wait: '50ms' }, retry: { attempts: 2, backoff: 'constant', base: '100ms' } },
      failing([1], { always: true }),
    );
    await send(4);
    await world.clock.run(10_000);
    expect(await dead()).toEqual(['1 attempts-exhausted']);
    expect(works).toHaveLength(2);
  });

  it('C11 on a partition those behind the first wait for it, and are worked on again', async () => {
    const { world, lists, send } = await aWorld(
      { workers: 1, batch: { size: 4, wait: '50ms' }, retry: { backoff: 'constant', base: '100ms' } },
      { ...failing([1]), delivery: 'event', wire: { log: { partitions: 1 } } },
    );
    await send(4);
    await world.clock.run(10_000);
    expect(lists()).toEqual([
      [0, 1, 2, 3],
      [1, 2, 3],
    ]);
  });
});

describe('batches by key', () => {
  it('hold messages of one key, and gather several at once', async () => {
    const { world, lists, send } = await aWorld(
      { workers: 4, batch: { size: 3, wait: '500ms', key: 'who' } },
      { takes: () => 10 },
    );
    await send(9, (n) => ({ who: `k${n % 2}` }));
    await world.clock.run(5_000);
    expect(lists()).toEqual([[0, 2, 4], [1, 3, 5], [6, 8], [7]]);
  });

  it('V1 go before their time when so many keys have begun one that no other finds a place', async () => {
    const { world, lists, send } = await aWorld(
      { workers: 4, batch: { size: 3, wait: '1h', key: 'who' } },
      { takes: () => 10 },
    );
    await send(1_200, (n) => ({ who: `k${n}` }));
    await world.clock.run(10_000);
    expect(lists().length).toBeGreaterThanOrEqual(200);
    expect((await world.store.backlog({ queue: 'simulated/w1' })).inHand).toBeLessThanOrEqual(1_000);
  });

  it('obey throttle and concurrency of the same key', async () => {
    const { world, works, send } = await aWorld(
      {
        workers: 8,
        batch: { size: 2, wait: '100ms', key: 'who' },
        throttle: { limit: 2, period: '5s', key: 'who' },
        concurrency: { limit: 1, key: 'who' },
      },
      { takes: () => 1_000 },
    );
    await send(16, (n) => ({ who: `k${n % 2}` }));
    await world.clock.run(60_000);
    for (const who of ['k0', 'k1'])
      expect(mostAtOnce(works.filter(({ payload }) => (payload as readonly Sent[])[0]?.who === who))).toBe(1);
    expect(works).toHaveLength(8);
    expect(world.target.effects).toHaveLength(8);
  });

  it('take one token of the rate limit each', async () => {
    const { world, works, send } = await aWorld(
      { workers: 8, batch: { size: 5, wait: '100ms' }, rateLimit: '1/s' },
      { takes: () => 10 },
    );
    await send(25);
    await world.clock.run(20_000);
    expect(works).toHaveLength(5);
    for (const [index, work] of works.entries()) expect(work.fromMs).toBeGreaterThanOrEqual((index - 1) * 900);
  });
});
