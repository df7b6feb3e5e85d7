import { describe, expect, it } from 'vitest';
import {
  ack,
  aFailure,
  aMessage,
  append,
  commitAll,
  drain,
  GROUP,
  groupSource,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  LOG,
  publish,
  QUEUE,
  release,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describePeekAndPurge(subject: Subject): void {
  describe('S10 peeking into a queue', () => {
    it('shows messages whole, oldest first, with what happened to them', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('delayed'), append('in hand'), append('released'), append('waiting'));
      const { leases } = await leaseUpTo(store, 3);
      const dueAt = clock.now() + 200;
      const failure = aFailure({ message: 'answered 500' });
      await commitAll(store, { op: 'retry', lease: leases[0]!, dueAt, failure }, release(leases[2]!));
      const peeked = await store.peek({ source: { queue: QUEUE }, limit: 10 });
      const positions = peeked.map(({ position }) => position);
      expect(peeked).toStrictEqual([
        {
          position: positions[0],
          message: aMessage('delayed'),
          state: 'delayed',
          attempts: 1,
          dueAt,
          lastFailure: failure,
        },
        { position: positions[1], message: aMessage('in hand'), state: 'in-hand', attempts: 1 },
        { position: positions[2], message: aMessage('released'), state: 'waiting', attempts: 0 },
        { position: positions[3], message: aMessage('waiting'), state: 'waiting', attempts: 0 },
      ]);
      expect(positions.slice(0, 3)).toEqual(leases.map(({ position }) => position));
    });

    it('goes on after a position', async () => {
      const { store } = subject;
      await commitAll(store, ...['a', 'b', 'c', 'd', 'e'].map((id) => append(id, id === 'c' ? { group: 'g' } : {})));
      const [a, b] = await store.peek({ source: { queue: QUEUE }, limit: 2 });
      expect([a!.message.id, b!.message.id]).toEqual(['a', 'b']);
      const rest = await store.peek({ source: { queue: QUEUE }, limit: 2, after: { position: b!.position } });
      expect(rest.map(({ message }) => message.id)).toEqual(['c', 'd']);
    });

    it('hands nothing out', async () => {
      const { store } = subject;
      await commitAll(store, append('a'));
      await store.peek({ source: { queue: QUEUE }, limit: 10 });
      expect((await leaseOne(store)).message.attempt).toBe(1);
    });

    it('shows an expired message as waiting, its try counted', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      await leaseOne(store);
      clock.advance(LEASE_MS);
      expect(await store.peek({ source: { queue: QUEUE }, limit: 1 })).toMatchObject([
        { state: 'waiting', attempts: 1 },
      ]);
    });

    it('shows a message that expired after a retry as waiting', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      await commitAll(store, retry(await leaseOne(store), clock.now()));
      await leaseOne(store);
      clock.advance(LEASE_MS);
      const [peeked] = await store.peek({ source: { queue: QUEUE }, limit: 1 });
      expect(peeked).toMatchObject({ state: 'waiting', attempts: 2 });
      expect(peeked).not.toHaveProperty('dueAt');
    });

    it('shows members of a FIFO group behind the first as waiting', async () => {
      const { store } = subject;
      await commitAll(store, append('a', { group: 'g' }), append('b', { group: 'g' }));
      await leaseOne(store);
      expect((await store.peek({ source: { queue: QUEUE }, limit: 5 })).map(({ state }) => state)).toEqual([
        'in-hand',
        'waiting',
      ]);
    });

    it('shows nothing where nobody has written', async () => {
      expect(await subject.store.peek({ source: { queue: 'orders/never' }, limit: 5 })).toEqual([]);
    });
  });

  describe('S10 peeking before a group', () => {
    it('shows what it has not read, partition by partition', async () => {
      const { store, clock } = subject;
      await store.declareLog({ log: LOG, partitions: 2 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(store, ...['a0', 'a1', 'a2', 'a3'].map((id) => publish(id)), publish('b0', { partition: 1 }));
      const { leases } = await leaseUpTo(store, 3, groupSource());
      const dueAt = clock.now() + 200;
      await commitAll(store, ack(leases[0]!), retry(leases[1]!, dueAt));
      await leaseOne(store, groupSource(GROUP, 1));

      const source = { log: LOG, group: GROUP };
      const peeked = await store.peek({ source, limit: 10 });
      expect(peeked.map(({ message, partition, state, attempts }) => [message.id, partition, state, attempts])).toEqual(
        [
          ['a1', 0, 'delayed', 1],
          ['a2', 0, 'waiting', 0],
          ['a3', 0, 'waiting', 0],
          ['b0', 1, 'in-hand', 1],
        ],
      );
      expect(peeked[0]).toMatchObject({ dueAt, lastFailure: { code: 'target-status' }, position: leases[1]!.position });

      const { position, partition } = peeked[1]!;
      const rest = await store.peek({ source, limit: 2, after: { position, partition: partition! } });
      expect(rest.map(({ message }) => message.id)).toEqual(['a3', 'b0']);
      expect(await store.peek({ source: { log: LOG, group: 'orders/never' }, limit: 5 })).toEqual([]);
    });
  });

  describe('S10 purging a queue', () => {
    it('removes everything that is not in hand and says how much', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('in hand'), append('delayed'), append('released'), append('waiting'));
      const [inHand, delayed, released] = (await leaseUpTo(store, 3)).leases;
      await commitAll(store, retry(delayed!, clock.now() + 200), release(released!));
      expect(await store.purge(QUEUE)).toBe(3);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 1, inHand: 1, delayed: 0 });
      clock.advance(200);
      expect(await leaseUpTo(store, 10)).toEqual({ leases: [] });
      expect(await store.commit([ack(inHand!)])).toEqual({ ok: true });
      expect(await store.queues('')).toEqual([]);
    });

    it('takes an expired lease with it', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      clock.advance(LEASE_MS);
      expect(await store.purge(QUEUE)).toBe(1);
      expect(await store.commit([ack(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
      expect(await store.backlog({ queue: QUEUE })).toEqual({ messages: 0, bytes: 0, inHand: 0, delayed: 0 });
    });

    it('lets a released message be removed by the next purge, not the one before', async () => {
      const { store } = subject;
      await commitAll(store, append('a'), append('b'));
      const lease = await leaseOne(store);
      expect(await store.purge(QUEUE)).toBe(1);
      await commitAll(store, release(lease));
      expect(await store.purge(QUEUE)).toBe(1);
      expect(await store.purge(QUEUE)).toBe(0);
    });

    it('leaves FIFO groups usable', async () => {
      const { store } = subject;
      await commitAll(
        store,
        append('a1', { group: 'a' }),
        append('a2', { group: 'a' }),
        append('b1', { group: 'b' }),
        append('b2', { group: 'b' }),
      );
      const a1 = await leaseOne(store);
      expect(await store.purge(QUEUE)).toBe(3);
      await commitAll(store, append('a3', { group: 'a' }), append('b3', { group: 'b' }));
      expect(await drain(store)).toEqual(['b3']);
      await commitAll(store, ack(a1));
      expect(await drain(store)).toEqual(['a3']);
    });

    it('leaves a FIFO group usable after its message in hand is settled', async () => {
      const { store } = subject;
      await commitAll(store, append('a1', { group: 'a' }), append('a2', { group: 'a' }));
      const a1 = await leaseOne(store);
      expect(await store.purge(QUEUE)).toBe(1);
      await commitAll(store, ack(a1));
      await commitAll(store, append('a3', { group: 'a' }), append('a4', { group: 'a' }));
      expect(await drain(store)).toEqual(['a3', 'a4']);
    });

    it('loses nothing that is appended meanwhile', async () => {
      const { store } = subject;
      const before = Array.from({ length: 2_500 }, (_, number) => append(`m${number}`, { group: 'g' }));
      await commitAll(store, ...before);
      const purged = store.purge(QUEUE);
      const late = ['late 1', 'late 2'].map((id) => commitAll(store, append(id, { group: 'g' })));
      await Promise.all(late);
      const removed = await purged;
      const left = await drain(store);
      expect(left).toEqual(['late 1', 'late 2'].slice(removed - before.length));
      expect(removed).toBeGreaterThanOrEqual(before.length);
    });

    it('leaves the queue usable and touches no other', async () => {
      const { store } = subject;
      await commitAll(
        store,
        ...Array.from({ length: 300 }, (_, number) => append(`m${number}`)),
        append('other', { queue: 'orders/w2' }),
      );
      expect(await store.purge(QUEUE)).toBe(300);
      await commitAll(store, append('new'));
      expect(await drain(store)).toEqual(['new']);
      expect(await drain(store, { kind: 'queue', queue: 'orders/w2' })).toEqual(['other']);
    });

    it('of an unknown queue removes nothing', async () => {
      expect(await subject.store.purge('orders/never')).toBe(0);
    });
  });
}
