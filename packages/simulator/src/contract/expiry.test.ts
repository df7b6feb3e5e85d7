import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const letters = (world: Awaited<ReturnType<typeof running>>) =>
  world.store.deadLetters({ pipelineId: 'simulated', limit: 10_000 });

const EXPIRING = { w1: { queue: { expireAfter: '10s' } } };

describe('C8 F4 a message that waits longer than its wire keeps it goes to dead letter, and says why', () => {
  it('while the pipeline is paused', async () => {
    const world = await running(aPipeline('in -pull-> call', EXPIRING));
    await world.during(world.engine.pause('simulated'));
    await world.store.commit([append(0), append(1)]);
    await world.clock.run(9_000);
    expect(await letters(world)).toEqual([]);
    await world.clock.run(3_000);
    expect(await letters(world)).toMatchObject([
      { reason: 'expired', nodeId: 'call', wireId: 'w1', error: { code: 'expired' }, message: { payload: { n: 1 } } },
      { reason: 'expired', message: { payload: { n: 0 } } },
    ]);
    expect((await world.engine.figures('simulated'))?.totals).toMatchObject({ depth: 0, deadLetters: 2 });
    await world.engine.resume('simulated');
    await world.clock.run(60_000);
    expect(world.target.calls).toEqual([]);
  });

  it('when the version was deployed paused', async () => {
    const world = await running(aPipeline('in -pull-> call', EXPIRING));
    await world.during(world.deploy({ version: 2, document: aPipeline('in -pull-> call', EXPIRING), paused: true }));
    await world.store.commit([append(0)]);
    await world.clock.run(12_000);
    expect(await letters(world)).toHaveLength(1);
  });

  it('while a breaker is open', async () => {
    const world = await running(
      aPipeline('in -pull-> call', {
        ...EXPIRING,
        call: {
          work: { breaker: { minimumCalls: 1, openFor: '10m' }, retry: { attempts: 100, base: '1s', cap: '1s' } },
        },
      }),
      { target: scriptedTarget(() => ({ status: 500 })) },
    );
    for (let n = 0; n < 20; n += 1) await world.during(world.send({ n }));
    await world.clock.run(60_000);
    expect((await letters(world)).map(({ reason }) => reason)).toEqual(Array.from({ length: 20 }, () => 'expired'));
    expect((await world.engine.figures('simulated'))?.nodes['call']).toMatchObject({ breaker: 'open' });
  });

  it('while a wire further on is full', async () => {
    const world = await running(
      aPipeline('in -pull-> pass -pull-> call', {
        ...EXPIRING,
        w2: { queue: { capacity: 1 } },
        call: { work: { workers: 1, timeout: '10m' } },
      }),
      { target: scriptedTarget(() => ({ afterMs: 300_000 })) },
    );
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ n }));
    await world.clock.run(15_000);
    expect((await letters(world)).map(({ wireId }) => wireId)).toEqual(['w1', 'w1', 'w1', 'w1']);
  });

  it('a FIFO group is emptied from its head, and what has not expired stays', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { w1: { queue: { expireAfter: '10s', orderBy: 'key' } } }),
    );
    await world.during(world.engine.pause('simulated'));
    await world.store.commit([append(0, { group: 'k' }), append(1, { group: 'k' })]);
    await world.clock.run(5_000);
    await world.store.commit([append(2, { group: 'k' })]);
    await world.clock.run(7_000);
    expect((await letters(world)).map(({ message }) => message.payload)).toEqual([{ n: 1 }, { n: 0 }]);
    await world.engine.resume('simulated');
    await world.clock.run(1_000);
    expect(world.target.effects.map(({ body }) => body.n)).toEqual([2]);
  });

  it('C4 a large backlog goes in steps', async () => {
    let most = 0;
    const world = await running(aPipeline('in -pull-> call', EXPIRING), {
      watch: (store) =>
        overriding(store, {
          commit: async (operations) => {
            most = Math.max(most, operations.filter(({ op }) => op === 'dead-letter').length);
            return store.commit(operations);
          },
        }),
    });
    await world.during(world.engine.pause('simulated'));
    await world.store.commit(Array.from({ length: 5_000 }, (_, n) => append(n)));
    await world.clock.run(11_500);
    const first = (await letters(world)).length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(1_024);
    await world.clock.run(10_000);
    expect(await letters(world)).toHaveLength(5_000);
    expect(most).toBeLessThanOrEqual(32);
  });

  it('C2 no message is lost or recorded twice when the process dies in between', async () => {
    const world = await running(aPipeline('in -pull-> call', EXPIRING), {
      disk: { commitMs: [0, 3], answerMs: [0, 3], leaseMs: [0, 2] },
    });
    await world.during(world.engine.pause('simulated'));
    await world.store.commit(Array.from({ length: 200 }, (_, n) => append(n)));
    await world.clock.run(10_500);
    for (let crash = 0; crash < 8; crash += 1) {
      await world.clock.run(7);
      world.crash();
      await world.during(world.restart());
    }
    await world.clock.run(30_000);
    const dead = (await letters(world)).map(({ message }) => (message.payload as { readonly n: number }).n);
    const worked = world.target.effects.map(({ body }) => Number(body.n));
    expect([...dead, ...worked].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  it('what is delayed expires when it is due', async () => {
    const world = await running(
      aPipeline('in -pull-> call', {
        ...EXPIRING,
        call: { work: { retry: { backoff: 'constant', base: '1m' } } },
      }),
      { target: scriptedTarget(() => ({ status: 500 })) },
    );
    await world.during(world.send({ n: 0 }));
    await world.clock.run(1_000);
    await world.during(world.engine.pause('simulated'));
    await world.clock.run(57_000);
    expect(await letters(world)).toEqual([]);
    await world.clock.run(5_000);
    expect(await letters(world)).toMatchObject([{ reason: 'expired', message: { payload: { n: 0 } } }]);
    expect(world.target.calls).toHaveLength(1);
  });

  it('stops with the pipeline', async () => {
    const world = await running(aPipeline('in -pull-> call', EXPIRING));
    await world.during(world.engine.stop('simulated'));
    await world.store.commit([append(0)]);
    await world.clock.run(60_000);
    expect(await letters(world)).toEqual([]);
  });
});

const EPOCH_MS = 1_767_225_600_000;

function append(n: number, more: { readonly group?: string } = {}) {
  return {
    op: 'append' as const,
    queue: 'simulated/w1',
    message: {
      id: `m${n}`,
      key: 'k',
      payload: { n },
      headers: {},
      correlationId: 'c',
      eventTime: EPOCH_MS,
      enqueuedAt: EPOCH_MS + (more.group !== undefined && n === 2 ? 5_000 : 0),
    },
    limit: { messages: 10_000, bytes: 10_000_000 },
    ...more,
  };
}
