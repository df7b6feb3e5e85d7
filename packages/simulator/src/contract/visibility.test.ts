import type { LeaseSource } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const QUEUE: LeaseSource = { kind: 'queue', queue: 'simulated/w1' };
const PARTITION: LeaseSource = { kind: 'group', log: 'simulated/in.out', group: 'simulated/w1', partition: 0 };
const GROUP = { log: 'simulated/in.out', group: 'simulated/w1' };

for (const delivery of ['pull', 'event'] as const) {
  const settings = (visibility: string) => ({
    call: { work: { timeout: '2m' } },
    'call-on': { work: { timeout: '2m' } },
    w1: delivery === 'pull' ? { queue: { visibility } } : { log: { visibility, partitions: 1 } },
  });
  const source = delivery === 'pull' ? QUEUE : PARTITION;

  describe(`C2 C11 the visibility timeout, ${delivery}`, () => {
    it('F1 leaves a message with its worker for as long as the work takes', async () => {
      const world = await running(aPipeline(`in -${delivery}-> call`, settings('3s')), {
        target: scriptedTarget(() => ({ afterMs: 60_000 })),
      });
      for (let n = 0; n < 3; n += 1) await world.during(world.send({ id: `m${n}` }));
      await world.clock.run(200_000);
      expect(world.target.calls).toHaveLength(3);
      expect(world.trace.filter(({ kind }) => kind === 'lease-lost')).toEqual([]);
      expect(world.trace.filter(({ kind }) => kind === 'leased').map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    });

    it('F2 a process that stood still past it goes on with what it has, and does nothing twice', async () => {
      const world = await running(aPipeline(`in -${delivery}-> call-on -pull-> call`, settings('5s')), {
        target: scriptedTarget(() => ({ afterMs: 3_000 })),
      });
      for (let n = 0; n < 4; n += 1) await world.during(world.send({ id: `m${n}` }));
      await world.clock.run(1_000);
      world.freeze(60_000);
      await world.clock.run(120_000);
      expect(world.target.effects).toHaveLength(8);
      expect(world.trace.filter(({ kind }) => kind === 'lease-lost')).toEqual([]);
      expect(new Set(world.trace.flatMap(({ attempt }) => attempt ?? []))).toEqual(new Set([1]));
    });

    it('F2 a message that another has taken meanwhile: its work is cancelled, stores nothing, and is counted', async () => {
      const world = await running(aPipeline(`in -${delivery}-> call-on -pull-> call:end`, settings('5s')), {
        target: scriptedTarget(() => ({ afterMs: 40_000 })),
      });
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(1_000);
      world.freeze(30_000);
      await world.clock.run(6_000);
      const {
        leases: [taken],
      } = await world.store.lease({ source, max: 1, leaseMs: 600_000 });
      expect(taken?.message).toMatchObject({ attempt: 2 });
      await world.clock.run(100_000);
      expect(world.target.effects).toEqual([]);
      expect(world.trace.filter(({ kind }) => kind === 'lease-lost')).toMatchObject([{ elementId: 'w1', attempt: 1 }]);
      expect((await world.engine.figures('simulated'))?.nodes['call-on']).toMatchObject({ leasesLost: 1, busy: 0 });
      if (taken === undefined) throw new Error('Nobody took it');
      await world.store.commit([{ op: 'ack', lease: taken }]);
      await world.clock.run(100_000);
      expect([await world.store.backlog({ queue: 'simulated/w2' }), world.target.effects]).toMatchObject([
        { messages: 0 },
        [],
      ]);
    });

    it('a lease that ran out in the hand of another is found, and its attempt is counted', async () => {
      const world = await running(aPipeline(`in -${delivery}-> call`, settings('30s')));
      await world.during(world.engine.pause('simulated'));
      await world.store.commit([
        delivery === 'pull'
          ? { op: 'append', queue: 'simulated/w1', message: aMessage, limit: { messages: 9, bytes: 9_999 } }
          : { op: 'publish', log: GROUP.log, partition: 0, message: aMessage, limit: { bytes: 9_999 } },
      ]);
      await world.store.lease({ source, max: 1, leaseMs: 10_000 });
      await world.engine.resume('simulated');
      await world.clock.run(9_000);
      expect(world.target.calls).toEqual([]);
      await world.clock.run(10_000);
      expect(world.target.effects).toHaveLength(1);
      expect(world.trace.filter(({ kind }) => kind === 'leased')).toMatchObject([{ attempt: 2 }]);
    });

    it('F3 goes on where hints of the store are lost', async () => {
      const world = await running(aPipeline(`in -${delivery}-> call`, settings('30s')), {
        watch: (store) => overriding(store, { onReady: () => () => {} }),
      });
      await world.clock.run(600_000);
      await world.during(world.send({ id: 'a' }));
      await world.clock.run(40_000);
      expect(world.target.effects).toHaveLength(1);
      await world.during(world.send({ id: 'b' }));
      await world.clock.run(40_000);
      expect(world.target.effects).toHaveLength(2);
    });

    it('F3 looks seldom at a wire on which nothing happens', async () => {
      let looks = 0;
      const world = await running(aPipeline(`in -${delivery}-> call`, settings('30s')), {
        watch: (store) =>
          overriding(store, {
            lease: async (request) => {
              looks += 1;
              return store.lease(request);
            },
          }),
      });
      await world.clock.run(600_000);
      looks = 0;
      await world.clock.run(600_000);
      // Every 30 s give or take a fifth.
      expect(looks).toBeGreaterThanOrEqual(16);
      expect(looks).toBeLessThanOrEqual(25);
    });
  });
}

const aMessage = { id: 'm', key: '', payload: {}, headers: {}, correlationId: 'c', eventTime: 0, enqueuedAt: 0 };
