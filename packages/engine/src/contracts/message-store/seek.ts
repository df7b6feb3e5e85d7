import { describe, expect, it } from 'vitest';
import type { Lease, SeekRequest } from '../../ports/message-store.ts';
import {
  ack,
  aMessage,
  commitAll,
  drain,
  GROUP,
  groupSource,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  LOG,
  OTHER_GROUP,
  publish,
  release,
} from './builders.ts';
import type { Subject } from './subject.ts';

const BASE = { log: LOG, group: GROUP };

export function describeSeek(subject: Subject): void {
  const declare = async (partitions = 1): Promise<void> => {
    await subject.store.declareLog({ log: LOG, partitions });
    await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
  };
  const publishAll = (...ids: readonly string[]): Promise<void> =>
    commitAll(subject.store, ...ids.map((id) => publish(id)));
  const seek = (to: SeekRequest['to'], partition?: number): Promise<{ readonly messages: number } | undefined> =>
    subject.store.seek({ ...BASE, to, ...(partition === undefined ? {} : { partition }) });
  const leaseMany = async (max = 10): Promise<readonly Lease[]> =>
    (await leaseUpTo(subject.store, max, groupSource())).leases;
  const seen = (leases: readonly Lease[]): readonly (readonly [id: string, replayed: boolean | undefined])[] =>
    leases.map(({ message, replayed }) => [message.id, replayed]);

  describe('S8 a seek', () => {
    it('to a position moves the one partition, and answers for the group', async () => {
      const { store } = subject;
      await declare(2);
      await publishAll('a', 'b', 'c');
      await commitAll(store, publish('other 1', { partition: 1 }), publish('other 2', { partition: 1 }));
      const leases = await leaseMany();
      await commitAll(store, ...leases.map(ack));
      await commitAll(store, ack(await leaseOne(store, groupSource(GROUP, 1))));
      expect(await seek({ position: leases[1]!.position }, 0)).toEqual({ messages: 3 });
      expect(await drain(store, groupSource())).toEqual(['b', 'c']);
      expect(await drain(store, groupSource(GROUP, 1))).toEqual(['other 2']);
    });

    it('to a position that is not there goes to the nearest that is', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      const [a] = await leaseMany(1);
      await commitAll(store, ack(a!));
      clock.advance(1_000);
      expect(await store.trim({ log: LOG, ageMs: -1, bytes: 0 })).toBe(1);
      expect(await seek({ position: a!.position }, 0)).toEqual({ messages: 2 });
      expect(await seek({ position: a!.position - 5 }, 0)).toEqual({ messages: 2 });
      expect(await seek({ position: a!.position + 1_000 }, 0)).toEqual({ messages: 0 });
    });

    it('to a time goes to the first message that was enqueued then or later, partition by partition', async () => {
      const { store } = subject;
      await declare(2);
      for (const [time, partition] of [
        [1_000, 0],
        [2_000, 1],
        [3_000, 0],
        [4_000, 1],
        [5_000, 0],
      ] as const)
        await commitAll(store, publish(aMessage(`m${time}`, { enqueuedAt: time }), { partition }));
      await drain(store, groupSource(GROUP, 0));
      await drain(store, groupSource(GROUP, 1));
      expect(await seek({ time: 3_000 })).toEqual({ messages: 3 });
      expect(await drain(store, groupSource(GROUP, 0))).toEqual(['m3000', 'm5000']);
      expect(await drain(store, groupSource(GROUP, 1))).toEqual(['m4000']);
      expect(await seek({ time: 3_001 })).toEqual({ messages: 2 });
      expect(await seek({ time: 5_001 })).toEqual({ messages: 0 });
      expect(await seek({ time: 0 }, 0)).toEqual({ messages: 3 });
    });

    it('to a time goes to the first such message also where the clock was set back between', async () => {
      const { store } = subject;
      await declare();
      const times = [100, 200, 900, 300, 400, 500, 1_000];
      await commitAll(store, ...times.map((time) => publish(aMessage(`m${time}`, { enqueuedAt: time }))));
      await drain(store, groupSource());
      await seek({ time: 350 });
      expect(await drain(store, groupSource())).toEqual(['m900', 'm300', 'm400', 'm500', 'm1000']);
    });

    it('finds its place in a long log, trimmed or not', async () => {
      const { store, clock } = subject;
      await declare();
      const start = clock.now();
      const ids = Array.from({ length: 900 }, (_, number) => `m${number}`);
      for (let first = 0; first < ids.length; first += 300) {
        const part = ids.slice(first, first + 300);
        await commitAll(
          store,
          ...part.map((id, index) => publish(aMessage(id, { enqueuedAt: start + first + index }))),
        );
      }
      await drain(store, groupSource());
      for (const number of [0, 1, 255, 256, 257, 511, 512, 700, 899]) {
        await seek({ time: start + number });
        const lease = await leaseOne(store, groupSource());
        expect(lease.message.id).toBe(`m${number}`);
        const { messages, bytes } = await store.backlog({ log: LOG, group: GROUP });
        expect(await seek({ position: lease.position }, 0)).toEqual({ messages });
        expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages, bytes });
        expect((await leaseOne(store, groupSource())).message.id).toBe(`m${number}`);
      }
      await seek('latest');
      clock.advance(10_000);
      expect(await store.trim({ log: LOG, ageMs: 10_000 - 300, bytes: 1_000_000_000 })).toBe(300);
      for (const number of [300, 301, 511, 512, 513, 800]) {
        await seek({ time: start + number });
        expect((await leaseOne(store, groupSource())).message.id).toBe(`m${number}`);
      }
      await seek({ time: start });
      expect((await leaseOne(store, groupSource())).message.id).toBe('m300');
    });

    it('takes leases away, uncounted', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      const [a, b] = await leaseMany();
      await seek('earliest');
      expect(await store.commit([ack(a!)])).toEqual({ ok: false, reason: 'lease-lost', lease: a });
      expect(await store.commit([release(b!)])).toEqual({ ok: false, reason: 'lease-lost', lease: b });
      expect(await store.extend(a!, LEASE_MS)).toBeUndefined();
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ inHand: 0 });
      const again = await leaseMany();
      expect(again.map(({ message, token }) => [message.attempt, token > b!.token])).toEqual([
        [1, true],
        [1, true],
      ]);
    });

    it('moves no other group', async () => {
      const { store } = subject;
      await declare();
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'earliest' });
      await publishAll('a', 'b');
      await drain(store, groupSource(GROUP));
      const other = await leaseOne(store, groupSource(OTHER_GROUP));
      await seek('earliest');
      await commitAll(store, ack(other));
      expect(await drain(store, groupSource(OTHER_GROUP))).toEqual(['b']);
    });

    it('tells who listens', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a');
      await drain(store, groupSource());
      const told = new Promise<void>((resolve) => {
        store.onReady(groupSource(), resolve);
      });
      await seek('earliest');
      await told;
      expect(seen(await leaseMany())).toEqual([['a', true]]);
    });

    it('of a group or log that is not there does nothing', async () => {
      const { store } = subject;
      expect(await seek('earliest')).toBeUndefined();
      await declare();
      expect(await store.seek({ ...BASE, group: 'orders/never', to: 'earliest' })).toBeUndefined();
      expect(await store.groups('')).toEqual([{ log: LOG, group: GROUP }]);
    });

    it('refuses a partition that is not there, and a position without one', async () => {
      await declare(2);
      await expect(seek('earliest', 2)).rejects.toThrow(LOG);
      await expect(seek({ position: 0 })).rejects.toThrow('partition');
    });
  });
}
