import { describe, expect, it } from 'vitest';
import {
  ack,
  aMessage,
  append,
  commitAll,
  GROUP,
  groupSource,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  LOG,
  OTHER_GROUP,
  OTHER_QUEUE,
  publish,
  QUEUE,
  queueSource,
  release,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

const NOTHING = { messages: 0, bytes: 0, inHand: 0, delayed: 0 };

export function describeBacklog(subject: Subject): void {
  describe('S10 the backlog of a queue', () => {
    const backlog = (): Promise<object> => subject.store.backlog({ queue: QUEUE });

    it('is nothing where nobody has written', async () => {
      expect(await backlog()).toEqual(NOTHING);
    });

    it('follows a message through its life', async () => {
      const { store, clock } = subject;
      await commitAll(store, append(aMessage('a', { enqueuedAt: 1_000 })));
      const { bytes } = await store.backlog({ queue: QUEUE });
      expect(bytes).toBeGreaterThan(JSON.stringify(aMessage('a').payload).length);
      const waiting = { messages: 1, bytes, inHand: 0, delayed: 0, oldestEnqueuedAt: 1_000 };
      expect(await backlog()).toEqual(waiting);

      const first = await leaseOne(store);
      expect(await backlog()).toEqual({ ...waiting, inHand: 1 });
      await commitAll(store, retry(first, clock.now() + 200));
      expect(await backlog()).toEqual({ ...waiting, delayed: 1 });
      clock.advance(200);
      const second = await leaseOne(store);
      expect(await backlog()).toEqual({ ...waiting, inHand: 1 });
      await commitAll(store, release(second));
      expect(await backlog()).toEqual(waiting);
      await leaseOne(store);
      clock.advance(LEASE_MS);
      expect(await backlog()).toEqual(waiting);
      await commitAll(store, ack(await leaseOne(store)));
      expect(await backlog()).toEqual(NOTHING);
    });

    it('counts bytes message by message', async () => {
      const { store } = subject;
      const small = aMessage('small');
      const large = aMessage('large', { payload: 'x'.repeat(10_000) });
      await commitAll(store, append(small, { queue: OTHER_QUEUE }));
      const { bytes: smallBytes } = await store.backlog({ queue: OTHER_QUEUE });
      await commitAll(store, append(small), append(large), append(large));
      const { bytes: allBytes } = await store.backlog({ queue: QUEUE });
      expect(allBytes - smallBytes).toBeGreaterThan(20_000);
      await commitAll(store, ack(await leaseOne(store)));
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 2, bytes: allBytes - smallBytes });
    });

    it('tells the oldest that is not settled, in hand or not', async () => {
      const { store } = subject;
      await commitAll(
        store,
        ...[1_000, 2_000, 3_000, 4_000].map((enqueuedAt) => append(aMessage(`m${enqueuedAt}`, { enqueuedAt }))),
      );
      const [first, second] = (await leaseUpTo(store, 2)).leases;
      await commitAll(store, ack(second!));
      expect(await backlog()).toMatchObject({ oldestEnqueuedAt: 1_000 });
      await commitAll(store, ack(first!));
      expect(await backlog()).toMatchObject({ oldestEnqueuedAt: 3_000 });
    });

    it('counts all messages of a FIFO group', async () => {
      const { store } = subject;
      await commitAll(store, append('a', { group: 'g' }), append('b', { group: 'g' }));
      await leaseOne(store);
      expect(await backlog()).toMatchObject({ messages: 2, inHand: 1, delayed: 0 });
    });
  });

  describe('S10 the backlog of a group', () => {
    it('is nothing for a group that is not there', async () => {
      expect(await subject.store.backlog({ log: LOG, group: GROUP })).toEqual(NOTHING);
    });

    it('is the sum over its partitions', async () => {
      const { store, clock } = subject;
      await store.declareLog({ log: LOG, partitions: 2 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await store.declareGroup({ log: LOG, group: OTHER_GROUP, startFrom: 'earliest' });
      await commitAll(
        store,
        publish(aMessage('a0', { enqueuedAt: 2_000 })),
        publish(aMessage('b0', { enqueuedAt: 1_000 }), { partition: 1 }),
        publish(aMessage('a1', { enqueuedAt: 3_000 })),
      );
      const { bytes } = await store.retained(LOG);
      const all = { messages: 3, bytes, inHand: 0, delayed: 0, oldestEnqueuedAt: 1_000 };
      expect(await store.backlog({ log: LOG, group: GROUP })).toEqual(all);

      const { leases } = await leaseUpTo(store, 10, groupSource());
      const b0 = await leaseOne(store, groupSource(GROUP, 1));
      expect(await store.backlog({ log: LOG, group: GROUP })).toEqual({ ...all, inHand: 3 });
      await commitAll(store, retry(leases[0]!, clock.now() + 200));
      expect(await store.backlog({ log: LOG, group: GROUP })).toEqual({ ...all, inHand: 1, delayed: 1 });
      await commitAll(store, ack(b0));
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({
        messages: 2,
        delayed: 1,
        oldestEnqueuedAt: 2_000,
      });
      expect(await store.backlog({ log: LOG, group: OTHER_GROUP })).toEqual(all);

      clock.advance(200);
      const again = await leaseUpTo(store, 10, groupSource());
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 2, inHand: 2, delayed: 0 });
      clock.advance(LEASE_MS);
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 2, inHand: 0 });
      await commitAll(store, ...again.leases.map(ack));
      expect(await store.backlog({ log: LOG, group: GROUP })).toEqual(NOTHING);
    });
  });

  describe('S10 lists', () => {
    it('name the queues that hold messages, by prefix', async () => {
      const { store } = subject;
      await commitAll(store, append('a'), append('b', { queue: 'returns/w1' }), append('c', { queue: 'orders/w9' }));
      expect((await store.queues('orders/')).toSorted()).toEqual(['orders/w1', 'orders/w9']);
      const lease = await leaseOne(store, queueSource('orders/w9'));
      expect((await store.queues('')).toSorted()).toEqual(['orders/w1', 'orders/w9', 'returns/w1']);
      await commitAll(store, ack(lease));
      expect(await store.queues('orders/')).toEqual(['orders/w1']);
      expect(await store.queues('never/')).toEqual([]);
    });

    it('name the groups with their logs, by prefix', async () => {
      const { store } = subject;
      for (const log of [LOG, 'topic/news']) await store.declareLog({ log, partitions: 1 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'latest' });
      await store.declareGroup({ log: 'topic/news', group: GROUP, startFrom: 'latest' });
      await store.declareGroup({ log: 'topic/news', group: 'returns/w1', startFrom: 'latest' });
      const named = await store.groups('orders/');
      expect(named.toSorted((a, b) => a.log.localeCompare(b.log))).toEqual([
        { log: LOG, group: GROUP },
        { log: 'topic/news', group: GROUP },
      ]);
      await store.dropGroup(LOG, GROUP);
      expect(await store.groups('orders/')).toEqual([{ log: 'topic/news', group: GROUP }]);
    });
  });
}
