import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const DISK = { commitMs: [0, 1], answerMs: [0, 1], leaseMs: [1, 1] } as const;
const LIMIT = { messages: 100_000, bytes: 100_000_000 };

const append = (n: number, queue = 'simulated/w1') => ({
  op: 'append' as const,
  queue,
  message: { id: `m${n}`, key: '', payload: { n }, headers: {}, correlationId: 'c', eventTime: 0, enqueuedAt: 0 },
  limit: LIMIT,
});

/** A pipeline that is paused, with so many messages before its node. */
async function backlogged(
  count: number,
  wishes: { readonly document?: ReturnType<typeof aPipeline>; readonly target?: Parameters<typeof running>[1] } = {},
) {
  let leases = 0;
  const world = await running(wishes.document ?? aPipeline('in -pull-> pass', { pass: { work: { workers: 4 } } }), {
    disk: DISK,
    watch: (store) =>
      overriding(store, {
        lease: async (request) => {
          leases += 1;
          return store.lease(request);
        },
      }),
    ...wishes.target,
  });
  await world.during(world.engine.pause('simulated'));
  await world.store.commit(Array.from({ length: count }, (_, n) => append(n)));
  leases = 0;
  return { world, leases: () => leases };
}

const committed = (world: Awaited<ReturnType<typeof running>>) =>
  world.trace.filter(({ kind, elementId }) => kind === 'committed' && elementId === 'w1');

describe('F6 a feed leases ahead where workers would wait for the store', () => {
  it('short work is handed over in large leases, each message once and in order of arrival', async () => {
    const { world, leases } = await backlogged(5_000);
    await world.engine.resume('simulated');
    await world.clock.run(30_000);
    expect(committed(world)).toHaveLength(5_000);
    expect(leases()).toBeLessThan(5_000 / 20);
    const begun = world.trace.filter(({ kind }) => kind === 'leased').map(({ messageId }) => messageId);
    expect(begun).toEqual(Array.from({ length: 5_000 }, (_, n) => `m${n}`));
  });

  it('long work leases hardly more than there are workers', async () => {
    const { world } = await backlogged(400, {
      document: aPipeline('in -pull-> call', { call: { work: { workers: 4 } } }),
      target: { target: scriptedTarget(() => ({ afterMs: 200 })) },
    });
    await world.engine.resume('simulated');
    let most = 0;
    for (let n = 0; n < 100; n += 1) {
      await world.clock.run(53);
      most = Math.max(most, (await world.store.backlog({ queue: 'simulated/w1' })).inHand);
    }
    expect(most).toBeLessThanOrEqual(6);
  });

  it('C13 what is ahead goes back at once and uncounted', async () => {
    const { world } = await backlogged(3_000, {
      document: aPipeline('in -pull-> call', { call: { work: { workers: 4 } } }),
      target: {
        target: scriptedTarget(() => ({ afterMs: 1 })),
        disk: { commitMs: [0, 0], answerMs: [0, 0], leaseMs: [3, 3] },
      },
    });
    await world.engine.resume('simulated');
    let most = 0;
    for (let n = 0; n < 100; n += 1) {
      await world.clock.run(3);
      most = Math.max(most, (await world.store.backlog({ queue: 'simulated/w1' })).inHand);
    }
    expect(most).toBeGreaterThan(8);
    await world.during(world.engine.pause('simulated'), 100);
    const waiting = await world.store.peek({ source: { queue: 'simulated/w1' }, limit: 3_000 });
    expect(new Set(waiting.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(new Set(['waiting 0']));
    expect(waiting.length + committed(world).length).toBe(3_000);
  });

  it('U7 C8 what kills its process is found, and nobody who was ahead is set aside with it', async () => {
    const { world } = await backlogged(600, {
      document: aPipeline('in -pull-> call', {
        call: { work: { workers: 4, quarantineAfter: 2, breaker: { minimumCalls: 10_000 } } },
      }),
      target: {
        target: scriptedTarget(({ body }) => {
          if (body.n === 300) {
            world.clock.setTimer(0, () => {
              world.crash();
              world.clock.setTimer(10, () => void world.restart());
            });
            return { afterMs: 10 };
          }
          return { afterMs: 0 };
        }),
      },
    });
    await world.engine.resume('simulated');
    await world.clock.run(120_000);
    const letters = await world.store.deadLetters({ pipelineId: 'simulated', limit: 10 });
    expect(letters).toMatchObject([{ reason: 'quarantined', message: { payload: { n: 300 } } }]);
    expect(new Set(world.target.effects.map(({ body }) => body.n)).size).toBe(599);
    expect(await world.store.backlog({ queue: 'simulated/w1' })).toMatchObject({ messages: 0 });
  });

  it('another wire into the node comes to its turn', async () => {
    const world = await running(
      aPipeline('in:a -pull-> pass\nin:b -pull-> pass', {
        a: { config: { path: 'a' } },
        b: { config: { path: 'b' } },
        pass: { work: { workers: 2 } },
      }),
      { disk: DISK },
    );
    await world.during(world.engine.pause('simulated'));
    await world.store.commit(Array.from({ length: 4_000 }, (_, n) => append(n)));
    await world.store.commit(Array.from({ length: 200 }, (_, n) => append(10_000 + n, 'simulated/w2')));
    await world.engine.resume('simulated');
    await world.clock.run(60_000);
    const ends = world.trace.filter(({ kind }) => kind === 'committed').map(({ elementId }) => elementId);
    expect(ends).toHaveLength(4_200);
    expect(ends.lastIndexOf('w2')).toBeLessThan(2_500);
  });

  it('C4 C5 never takes more than a wire further on has room for', async () => {
    const { world } = await backlogged(2_000, {
      document: aPipeline('in -pull-> pass -pull-> call', {
        w2: { queue: { capacity: 10 } },
        call: { work: { workers: 1 } },
      }),
      target: { target: scriptedTarget(() => ({ afterMs: 5 })) },
    });
    await world.engine.resume('simulated');
    for (let n = 0; n < 100; n += 1) {
      await world.clock.run(29);
      expect((await world.store.backlog({ queue: 'simulated/w2' })).messages).toBeLessThanOrEqual(10);
    }
    expect(world.trace.filter(({ kind }) => kind === 'full')).toEqual([]);
  });
});
