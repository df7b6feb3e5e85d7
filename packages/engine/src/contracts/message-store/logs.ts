import { describe, expect, it } from 'vitest';
import type { Lease, LeaseSource } from '../../ports/message-store.ts';
import {
  ack,
  aDeadLetter,
  append,
  commitAll,
  drain,
  GROUP,
  groupSource,
  idsOf,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  LOG,
  OTHER_GROUP,
  publish,
  QUEUE,
  release,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describeLogs(subject: Subject): void {
  const declare = async (partitions = 1): Promise<void> => {
    await subject.store.declareLog({ log: LOG, partitions });
    await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
  };
  const publishAll = (...ids: readonly string[]): Promise<void> =>
    commitAll(subject.store, ...ids.map((id) => publish(id)));
  const leaseMany = async (max = 10, source: LeaseSource = groupSource()): Promise<readonly Lease[]> =>
    (await leaseUpTo(subject.store, max, source)).leases;

  describe('S8 a log', () => {
    it('keeps the number of partitions it was made with', async () => {
      const { store } = subject;
      expect(await store.declareLog({ log: LOG, partitions: 3 })).toEqual({ partitions: 3 });
      expect(await store.declareLog({ log: LOG, partitions: 8 })).toEqual({ partitions: 3 });
      expect(await store.declareLog({ log: 'topic/other', partitions: 8 })).toEqual({ partitions: 8 });
    });

    it('has to be declared before it takes messages', async () => {
      await expect(subject.store.commit([publish('a')])).rejects.toThrow(LOG);
    });

    it('takes messages only on partitions that it has', async () => {
      await declare(2);
      await expect(subject.store.commit([publish('a', { partition: 2 })])).rejects.toThrow(LOG);
    });

    it('has to be declared before it takes groups', async () => {
      await expect(subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' })).rejects.toThrow(LOG);
    });

    it('keeps its partitions apart, each in order', async () => {
      const { store } = subject;
      await declare(2);
      await commitAll(
        store,
        publish('a0'),
        publish('b0', { partition: 1 }),
        publish('a1'),
        publish('b1', { partition: 1 }),
      );
      expect(await drain(store, groupSource(GROUP, 1))).toEqual(['b0', 'b1']);
      expect(await drain(store, groupSource(GROUP, 0))).toEqual(['a0', 'a1']);
    });

    it('gives every group every message, each at its own pace', async () => {
      const { store } = subject;
      await declare();
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'earliest' });
      await publishAll('a', 'b', 'c');
      expect(await drain(store)).toEqual([]);
      expect(await drain(store, groupSource(GROUP))).toEqual(['a', 'b', 'c']);
      expect((await leaseMany(1, groupSource(OTHER_GROUP))).map((lease) => lease.message.id)).toEqual(['a']);
    });

    it('gives contiguous offsets', async () => {
      await declare();
      await publishAll('a', 'b', 'c');
      const positions = (await leaseMany()).map((lease) => lease.position);
      expect(positions).toEqual([positions[0], positions[0]! + 1, positions[0]! + 2]);
    });
  });

  describe('S8 a new group', () => {
    it('from the earliest reads all that is retained', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'earliest' });
      await publishAll('c');
      expect(await drain(store, groupSource(OTHER_GROUP))).toEqual(['a', 'b', 'c']);
    });

    it('from the latest reads what comes after it', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'latest' });
      expect(await store.backlog({ log: LOG, group: OTHER_GROUP })).toEqual({
        messages: 0,
        bytes: 0,
        inHand: 0,
        delayed: 0,
      });
      await publishAll('c');
      expect(await drain(store, groupSource(OTHER_GROUP))).toEqual(['c']);
    });

    it('that is declared again keeps its position', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      await commitAll(store, ack(await leaseOne(store, groupSource())));
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'latest' });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      expect(await drain(store, groupSource())).toEqual(['b']);
    });

    it('that was dropped begins anew, and its leases are lost', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      const lease = await leaseOne(store, groupSource());
      await store.dropGroup(LOG, GROUP);
      expect(await leaseUpTo(store, 1, groupSource())).toEqual({ leases: [] });
      expect(await store.commit([ack(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
      expect(await store.extend(lease, LEASE_MS)).toBeUndefined();
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      expect(await store.commit([ack(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
      const again = await leaseOne(store, groupSource());
      expect(again).toMatchObject({ history: [], crashes: 0 });
      expect(again.message).toMatchObject({ id: 'a', attempt: 1 });
    });

    it('that is dropped without being there changes nothing', async () => {
      await declare();
      await subject.store.dropGroup(LOG, 'orders/never');
      await subject.store.dropGroup('orders/never.out', GROUP);
      expect(await subject.store.groups('')).toEqual([{ log: LOG, group: GROUP }]);
    });
  });

  describe('S4 a partition, as one group sees it', () => {
    it('moves its position with each ack, and outputs go with it', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      const [a, b] = await leaseMany();
      await commitAll(store, ack(a!), append('output of a'));
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 1 });
      await commitAll(store, ack(b!));
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 0, bytes: 0 });
      expect(await drain(store)).toEqual(['output of a']);
    });

    it('acks several in one commit, in whatever order they are named', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b', 'c', 'd');
      const leases = await leaseMany(3);
      await commitAll(store, ...leases.toReversed().map(ack));
      expect(await drain(store, groupSource())).toEqual(['d']);
    });

    it('refuses to ack a message before an earlier one', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      const [a, b, c] = await leaseMany();
      expect(await store.commit([ack(b!), append('output of b')])).toEqual({
        ok: false,
        reason: 'lease-lost',
        lease: b,
      });
      expect(await store.commit([ack(c!), ack(a!)])).toEqual({ ok: false, reason: 'lease-lost', lease: c });
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 0 });
      expect(await store.commit([ack(a!), ack(b!), ack(c!)])).toEqual({ ok: true });
    });

    it('cannot settle a lease twice within one commit', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      const [a] = await leaseMany();
      for (const twice of [
        [ack(a!), ack(a!)],
        [ack(a!), release(a!)],
        [release(a!), ack(a!)],
        [release(a!), release(a!)],
      ]) {
        expect(await store.commit(twice)).toEqual({ ok: false, reason: 'lease-lost', lease: a });
      }
      expect(await store.commit([ack(a!)])).toEqual({ ok: true });
    });

    it('hands out nothing more while something of it is in hand', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      const [a, b] = await leaseMany(2);
      expect(await leaseMany()).toEqual([]);
      await commitAll(store, ack(a!));
      expect(await leaseMany()).toEqual([]);
      await commitAll(store, ack(b!));
      expect((await leaseMany()).map((lease) => lease.message.id)).toEqual(['c']);
    });

    it('stands still while a message waits for its retry; what was handed out after it is taken back uncounted', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      const [a, b, c] = await leaseMany();
      const dueAt = clock.now() + 200;
      await commitAll(store, ack(a!), retry(b!, dueAt, { message: 'b failed' }));
      expect(await store.commit([ack(c!)])).toEqual({ ok: false, reason: 'lease-lost', lease: c });
      expect(await leaseUpTo(store, 10, groupSource())).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(200);
      const again = await leaseMany();
      expect(again.map(({ message, history }) => [message.id, message.attempt, history.length])).toEqual([
        ['b', 2, 1],
        ['c', 1, 0],
      ]);
      expect(again[0]!.token).toBeGreaterThan(b!.token);
    });

    it('holds up neither other partitions nor other groups', async () => {
      const { store, clock } = subject;
      await declare(2);
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'earliest' });
      await commitAll(store, publish('a0'), publish('a1'), publish('b0', { partition: 1 }));
      await commitAll(store, retry(await leaseOne(store, groupSource()), clock.now() + 200));
      expect(await drain(store, groupSource(GROUP, 1))).toEqual(['b0']);
      expect(await drain(store, groupSource(OTHER_GROUP))).toEqual(['a0', 'a1']);
    });

    it('gives released messages again in order, uncounted', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      const [a, b, c] = await leaseMany();
      await commitAll(store, ack(a!), release(b!), release(c!));
      expect((await leaseMany()).map(({ message }) => [message.id, message.attempt])).toEqual([
        ['b', 1],
        ['c', 1],
      ]);
    });

    it('gives expired messages again with the attempt counted', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b', 'c');
      const [a, b] = await leaseMany(2);
      clock.advance(LEASE_MS);
      expect((await leaseMany()).map(({ message }) => [message.id, message.attempt])).toEqual([
        ['a', 2],
        ['b', 2],
        ['c', 1],
      ]);
      expect(await store.commit([ack(a!), ack(b!)])).toMatchObject({ ok: false, reason: 'lease-lost' });
    });

    it('lets an expired lease be settled while nobody else has taken it', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b');
      const [a] = await leaseMany(1);
      clock.advance(LEASE_MS);
      expect(await store.commit([ack(a!)])).toEqual({ ok: true });
      expect(await drain(store, groupSource())).toEqual(['b']);
    });

    it('is held by extending its first lease', async () => {
      const { store, clock } = subject;
      await declare();
      await publishAll('a', 'b');
      const [a] = await leaseMany();
      clock.advance(LEASE_MS - 1);
      expect(await store.extend(a!, LEASE_MS)).toEqual({ ...a!, expiresAt: clock.now() + LEASE_MS });
      clock.advance(LEASE_MS - 1);
      expect(await leaseMany()).toEqual([]);
      expect(await store.commit([ack(a!)])).toEqual({ ok: true });
    });

    it('goes on when a message is given up', async () => {
      const { store } = subject;
      await declare();
      await publishAll('a', 'b');
      const [a] = await leaseMany(1);
      await commitAll(store, ack(a!), { op: 'dead-letter', letter: aDeadLetter('a given up') });
      expect(await drain(store, groupSource())).toEqual(['b']);
    });

    it('that is not there has nothing', async () => {
      await declare();
      await publishAll('a');
      const { store } = subject;
      expect(idsOf(await leaseUpTo(store, 1, groupSource(GROUP, 7)))).toEqual([]);
      expect(idsOf(await leaseUpTo(store, 1, groupSource('orders/never')))).toEqual([]);
      expect(idsOf(await leaseUpTo(store, 1, groupSource(GROUP, 0, 'orders/never.out')))).toEqual([]);
    });
  });
}
