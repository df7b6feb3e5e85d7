import { describe, expect, it } from 'vitest';
import {
  ack,
  aMessage,
  commitAll,
  drain,
  GROUP,
  groupSource,
  leaseOne,
  LOG,
  OTHER_GROUP,
  publish,
} from './builders.ts';
import type { Subject } from './subject.ts';

const KEEP_ALL = { log: LOG, ageMs: 1_000_000_000, bytes: 1_000_000_000 };
const KEEP_NOTHING = { log: LOG, ageMs: -1, bytes: 0 };

export function describeRetention(subject: Subject): void {
  const declare = async (...groups: readonly string[]): Promise<void> => {
    await subject.store.declareLog({ log: LOG, partitions: 2 });
    for (const group of groups) await subject.store.declareGroup({ log: LOG, group, startFrom: 'earliest' });
  };
  /** Published now, so that age can be told. */
  const publishNow = (id: string, partition = 0): Promise<void> =>
    commitAll(subject.store, publish(aMessage(id, { enqueuedAt: subject.clock.now() }), { partition }));
  const retainedMessages = async (): Promise<number> => (await subject.store.retained(LOG)).messages;

  describe('S7 the limit of a log', () => {
    it.each([
      [GROUP, OTHER_GROUP],
      [OTHER_GROUP, GROUP],
    ])('counts only what the slowest group has not read (%s is faster than %s)', async (fast, slow) => {
      const { store } = subject;
      await declare(GROUP, OTHER_GROUP);
      await commitAll(store, publish('same size 1'));
      const { bytes } = await store.retained(LOG);
      const limit = { bytes: 2 * bytes };
      await commitAll(store, publish('same size 2', { limit }));
      expect(await store.commit([publish('same size 3', { limit })])).toEqual({ ok: false, reason: 'full', at: LOG });
      await drain(store, groupSource(fast));
      expect(await store.commit([publish('same size 3', { limit })])).toEqual({ ok: false, reason: 'full', at: LOG });
      await commitAll(store, ack(await leaseOne(store, groupSource(slow))));
      expect(await store.commit([publish('same size 3', { limit })])).toEqual({ ok: true });
      expect(await store.retained(LOG)).toEqual({ messages: 3, bytes: 3 * bytes });
    });

    it('no longer counts what only a dropped group had not read', async () => {
      const { store } = subject;
      await declare(GROUP, OTHER_GROUP);
      await commitAll(store, publish('a'));
      const limit = { bytes: (await store.retained(LOG)).bytes };
      await drain(store, groupSource(GROUP));
      expect(await store.commit([publish('b', { limit })])).toEqual({ ok: false, reason: 'full', at: LOG });
      await store.dropGroup(LOG, OTHER_GROUP);
      expect(await store.commit([publish('b', { limit })])).toEqual({ ok: true });
    });

    it('refuses nothing while nobody reads', async () => {
      await declare();
      const limit = { bytes: 1 };
      expect(await subject.store.commit([publish('a', { limit })])).toEqual({ ok: true });
      expect(await subject.store.commit([publish('b', { limit })])).toEqual({ ok: true });
    });
  });

  describe('S8 trimming', () => {
    it('removes read messages that are too old', async () => {
      const { store, clock } = subject;
      await declare(GROUP);
      await publishNow('old');
      await publishNow('old too', 1);
      clock.advance(1_000);
      await publishNow('young');
      await drain(store, groupSource(GROUP, 0));
      await drain(store, groupSource(GROUP, 1));
      expect(await store.trim({ ...KEEP_ALL, ageMs: 1_000 })).toBe(0);
      expect(await store.trim({ ...KEEP_ALL, ageMs: 999 })).toBe(2);
      expect(await retainedMessages()).toBe(1);
    });

    it('removes the oldest read messages while the log is too large', async () => {
      const { store, clock } = subject;
      await declare(GROUP);
      for (const [id, partition] of [
        ['m1', 0],
        ['m2', 1],
        ['m3', 0],
        ['m4', 1],
      ] as const) {
        clock.advance(1);
        await publishNow(id, partition);
      }
      const { bytes } = await store.retained(LOG);
      await drain(store, groupSource(GROUP, 0));
      await drain(store, groupSource(GROUP, 1));
      expect(await store.trim({ ...KEEP_ALL, bytes })).toBe(0);
      expect(await store.trim({ ...KEEP_ALL, bytes: bytes - 1 })).toBe(1);
      expect(await store.trim({ ...KEEP_ALL, bytes: bytes / 2 })).toBe(1);
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'earliest' });
      expect(await store.backlog({ log: LOG, group: OTHER_GROUP })).toMatchObject(await store.retained(LOG));
      expect(await drain(store, groupSource(OTHER_GROUP, 0))).toEqual(['m3']);
      expect(await drain(store, groupSource(OTHER_GROUP, 1))).toEqual(['m4']);
    });

    it('never removes what some group has not read, in hand or not', async () => {
      const { store, clock } = subject;
      await declare(GROUP, OTHER_GROUP);
      for (const id of ['a', 'b', 'c']) await publishNow(id);
      clock.advance(1_000);
      await drain(store, groupSource(GROUP));
      expect(await store.trim(KEEP_NOTHING)).toBe(0);
      await commitAll(store, ack(await leaseOne(store, groupSource(OTHER_GROUP))));
      const inHand = await leaseOne(store, groupSource(OTHER_GROUP));
      expect(await store.trim(KEEP_NOTHING)).toBe(1);
      await commitAll(store, ack(inHand));
      expect(await drain(store, groupSource(OTHER_GROUP))).toEqual(['c']);
      expect(await store.trim(KEEP_NOTHING)).toBe(2);
      expect(await store.retained(LOG)).toEqual({ messages: 0, bytes: 0 });
    });

    it('removes what a dropped group had not read', async () => {
      const { store, clock } = subject;
      await declare(GROUP);
      await publishNow('a');
      clock.advance(1_000);
      expect(await store.trim(KEEP_NOTHING)).toBe(0);
      await store.dropGroup(LOG, GROUP);
      expect(await store.trim(KEEP_NOTHING)).toBe(1);
    });

    it('leaves offsets as they are: none is used twice', async () => {
      const { store, clock } = subject;
      await declare(GROUP);
      await publishNow('a');
      const first = await leaseOne(store, groupSource());
      await commitAll(store, ack(first));
      clock.advance(1_000);
      await store.trim(KEEP_NOTHING);
      await publishNow('b');
      expect((await leaseOne(store, groupSource())).position).toBe(first.position + 1);
    });

    it('of a log that is not there removes nothing', async () => {
      expect(await subject.store.trim({ ...KEEP_NOTHING, log: 'orders/never.out' })).toBe(0);
      expect(await subject.store.retained('orders/never.out')).toEqual({ messages: 0, bytes: 0 });
    });
  });
}
