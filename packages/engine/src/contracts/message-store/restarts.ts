import { describe, expect, it } from 'vitest';
import {
  ack,
  aDeadLetter,
  aMessage,
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
  publish,
  QUEUE,
  release,
  remember,
  retry,
  triesOf,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describeRestarts(subject: Subject): void {
  describe.each(['close', 'crash'] as const)('S3 after a %s', (how) => {
    it('everything that was committed is there', async () => {
      const { clock } = subject;
      await subject.store.declareLog({ log: LOG, partitions: 2 });
      await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(
        subject.store,
        append(aMessage('a', { enqueuedAt: 4_000 })),
        append('b', { group: 'g' }),
        append('c', { group: 'g' }),
        publish('published', { partition: 1 }),
        { op: 'cursor', source: 'orders/in', value: [7] },
        { op: 'dead-letter', letter: aDeadLetter('given up') },
        remember('key', 'a', clock.now() + 1_000),
      );
      const backlogBefore = await subject.store.backlog({ queue: QUEUE });
      await subject.restart(how);
      const { store } = subject;
      expect(await store.backlog({ queue: QUEUE })).toEqual(backlogBefore);
      expect(await store.declareLog({ log: LOG, partitions: 9 })).toEqual({ partitions: 2 });
      expect(await store.groups('')).toEqual([{ log: LOG, group: GROUP }]);
      expect(await store.queues('')).toEqual([QUEUE]);
      expect(await store.cursor('orders/in')).toEqual([7]);
      expect(await store.deadLetters({ pipelineId: 'orders', limit: 10 })).toEqual([aDeadLetter('given up')]);
      expect(await store.deadLetterCounts('orders')).toEqual({ ship: 1 });
      expect(await store.recall('orders/in', 'key')).toBe('a');
      expect(await store.commit([remember('key', 'b', clock.now() + 1_000)])).toMatchObject({
        reason: 'duplicate',
        messageId: 'a',
      });
      expect(await drain(store)).toEqual(['a', 'b', 'c']);
      expect(await drain(store, groupSource(GROUP, 1))).toEqual(['published']);
    });

    it('what was settled does not come back, everything else does, in order', async () => {
      await commitAll(subject.store, ...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => append(id)));
      const { leases } = await leaseUpTo(subject.store, 4);
      await commitAll(subject.store, ack(leases[1]!), release(leases[2]!));
      await subject.restart(how);
      expect(await drain(subject.store)).toEqual(['a', 'c', 'd', 'e', 'f']);
      await subject.restart(how);
      expect(await drain(subject.store)).toEqual([]);
    });

    it('leases from before are lost, and tokens have grown', async () => {
      await commitAll(subject.store, append('a'));
      const before = await leaseOne(subject.store);
      await subject.restart(how);
      expect(await subject.store.commit([ack(before)])).toEqual({ ok: false, reason: 'lease-lost', lease: before });
      const after = await leaseOne(subject.store);
      expect(after.token).toBeGreaterThan(before.token);
      expect(await subject.store.commit([ack(before)])).toEqual({ ok: false, reason: 'lease-lost', lease: before });
      expect(await subject.store.commit([ack(after)])).toEqual({ ok: true });
    });

    it('sequence numbers are not used again, even when the queue was empty', async () => {
      await subject.store.declareLog({ log: LOG, partitions: 1 });
      await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(subject.store, append('a'), append('b'), publish('a'));
      const { leases } = await leaseUpTo(subject.store, 2);
      const read = await leaseOne(subject.store, groupSource());
      await commitAll(subject.store, ...leases.map(ack), ack(read));
      subject.clock.advance(1_000);
      expect(await subject.store.trim({ log: LOG, ageMs: 0, bytes: 0 })).toBe(1);
      await subject.restart(how);
      await commitAll(subject.store, append('c'), publish('b'));
      expect((await leaseOne(subject.store)).position).toBeGreaterThan(leases[1]!.position);
      expect((await leaseOne(subject.store, groupSource())).position).toBe(read.position + 1);
    });

    it('retries keep their time, attempts and history', async () => {
      const { clock } = subject;
      await commitAll(subject.store, append('a'), append('b'));
      const dueAt = clock.now() + 500;
      await commitAll(subject.store, retry(await leaseOne(subject.store), dueAt, { message: 'a failed' }));
      await subject.restart(how);
      expect(await subject.store.backlog({ queue: QUEUE })).toMatchObject({ messages: 2, delayed: 1, inHand: 0 });
      expect(idsOf(await leaseUpTo(subject.store, 1))).toEqual(['b']);
      expect(await leaseUpTo(subject.store, 1)).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(500);
      const again = await leaseOne(subject.store);
      expect(again.message).toMatchObject({ id: 'a', attempt: 2 });
      expect(again).toMatchObject({ crashes: 0, history: [{ message: 'a failed' }] });
    });

    it('a FIFO group goes on where it stood', async () => {
      await commitAll(
        subject.store,
        ...['a', 'b', 'c'].map((id) => append(id, { group: 'g' })),
        append('other', { group: 'h' }),
      );
      await commitAll(subject.store, ack(await leaseOne(subject.store)));
      await leaseUpTo(subject.store, 10);
      await subject.restart(how);
      expect(idsOf(await leaseUpTo(subject.store, 10))).toEqual(['b', 'other']);
      await subject.restart(how);
      expect(await drain(subject.store)).toEqual(['b', 'other', 'c']);
    });

    it('a FIFO group stands still when its first message waits for a retry', async () => {
      const { clock } = subject;
      await commitAll(subject.store, append('a', { group: 'g' }), append('b', { group: 'g' }));
      const dueAt = clock.now() + 500;
      await commitAll(subject.store, retry(await leaseOne(subject.store), dueAt));
      await subject.restart(how);
      expect(await leaseUpTo(subject.store, 10)).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(500);
      expect(await drain(subject.store)).toEqual(['a', 'b']);
    });

    it('groups stand where they stood, and a partition stands still when its message waits for a retry', async () => {
      const { clock } = subject;
      await subject.store.declareLog({ log: LOG, partitions: 1 });
      await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(subject.store, ...['a', 'b', 'c'].map((id) => publish(id)));
      const { leases } = await leaseUpTo(subject.store, 2, groupSource());
      const dueAt = clock.now() + 500;
      await commitAll(subject.store, ack(leases[0]!), retry(leases[1]!, dueAt));
      await subject.restart(how);
      expect(await subject.store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 2, delayed: 1 });
      expect(await leaseUpTo(subject.store, 10, groupSource())).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(500);
      expect(await triesOf(subject.store, groupSource())).toEqual([
        ['b', 2, 0],
        ['c', 1, 0],
      ]);
    });

    it('an expired try that was handed out again stays counted', async () => {
      await commitAll(subject.store, append('a'));
      await leaseOne(subject.store);
      subject.clock.advance(LEASE_MS);
      await commitAll(subject.store, release(await leaseOne(subject.store)));
      await subject.restart(how);
      expect(await triesOf(subject.store)).toEqual([['a', 2, 0]]);
    });

    it('the old store refuses every call', async () => {
      const old = subject.store;
      await commitAll(old, append('a'));
      await subject.restart(how);
      await expect(old.commit([append('b')])).rejects.toMatchObject({ code: 'store-closed' });
      await expect(old.lease({ source: { kind: 'queue', queue: QUEUE }, max: 1, leaseMs: 1 })).rejects.toMatchObject({
        code: 'store-closed',
      });
      await expect(old.backlog({ queue: QUEUE })).rejects.toMatchObject({ code: 'store-closed' });
      expect(await drain(subject.store)).toEqual(['a']);
    });
  });

  describe('S3 after a crash', () => {
    it('a message that was in hand counts a crash and an attempt, another does not', async () => {
      await commitAll(subject.store, append('held'), append('waiting'));
      await leaseOne(subject.store);
      await subject.restart('crash');
      expect(await subject.store.backlog({ queue: QUEUE })).toMatchObject({ messages: 2, inHand: 0, delayed: 0 });
      expect(await triesOf(subject.store)).toEqual([
        ['held', 2, 1],
        ['waiting', 1, 0],
      ]);
    });

    it('crashes add up, also over a clean close and beside failures', async () => {
      const { clock } = subject;
      await commitAll(subject.store, append('a'));
      await leaseOne(subject.store);
      await subject.restart('crash');
      await commitAll(subject.store, retry(await leaseOne(subject.store), clock.now(), { message: 'a failed' }));
      await leaseOne(subject.store);
      await subject.restart('close');
      await leaseOne(subject.store);
      await subject.restart('crash');
      const lease = await leaseOne(subject.store);
      expect(lease).toMatchObject({ crashes: 2, history: [{ message: 'a failed' }] });
      expect(lease.message.attempt).toBe(4);
    });

    it('counts what was handed out, not what was put back before', async () => {
      const { clock } = subject;
      await commitAll(subject.store, ...['released', 'retried', 'acked', 'held'].map((id) => append(id)));
      const { leases } = await leaseUpTo(subject.store, 4);
      await commitAll(subject.store, release(leases[0]!), retry(leases[1]!, clock.now()), ack(leases[2]!));
      await subject.restart('crash');
      expect(await triesOf(subject.store)).toEqual([
        ['released', 1, 0],
        ['retried', 2, 0],
        ['held', 2, 1],
      ]);
    });

    it('counts each crash once, however often the store comes up', async () => {
      await subject.store.declareLog({ log: LOG, partitions: 1 });
      await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(subject.store, append('a'), publish('b'));
      await leaseOne(subject.store);
      await leaseOne(subject.store, groupSource());
      for (let crash = 0; crash < 3; crash += 1) await subject.restart('crash');
      expect(await triesOf(subject.store)).toEqual([['a', 2, 1]]);
      expect(await triesOf(subject.store, groupSource())).toEqual([['b', 2, 1]]);
    });

    it('counts a message that was put back and then handed out again', async () => {
      await commitAll(subject.store, append('a'), append('b'));
      const { leases } = await leaseUpTo(subject.store, 2);
      await commitAll(subject.store, release(leases[0]!));
      await leaseOne(subject.store);
      await subject.restart('crash');
      expect(await triesOf(subject.store)).toEqual([
        ['a', 2, 1],
        ['b', 2, 1],
      ]);
    });

    it('a partition counts what was in hand of it', async () => {
      await subject.store.declareLog({ log: LOG, partitions: 1 });
      await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(subject.store, ...['a', 'b', 'c', 'd'].map((id) => publish(id)));
      const { leases } = await leaseUpTo(subject.store, 3, groupSource());
      await commitAll(subject.store, ack(leases[0]!), release(leases[2]!));
      await subject.restart('crash');
      expect(await triesOf(subject.store, groupSource())).toEqual([
        ['b', 2, 1],
        ['c', 1, 0],
        ['d', 1, 0],
      ]);
    });

    it('many at once are all there', async () => {
      const ids = Array.from({ length: 500 }, (_, number) => `m${number}`);
      await Promise.all(ids.map((id) => commitAll(subject.store, append(id))));
      await leaseUpTo(subject.store, 200);
      const { leases } = await leaseUpTo(subject.store, 200);
      await commitAll(subject.store, ...leases.map(ack));
      await subject.restart('crash');
      expect(await drain(subject.store)).toEqual([...ids.slice(0, 200), ...ids.slice(400)]);
    });
  });

  describe('S3 after a clean close', () => {
    it('what was in hand counts neither as crash nor as attempt', async () => {
      await subject.store.declareLog({ log: LOG, partitions: 1 });
      await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(subject.store, append('a'), append('b', { group: 'g' }), publish('c'));
      await leaseUpTo(subject.store, 2);
      await leaseOne(subject.store, groupSource());
      await subject.restart('close');
      expect(await triesOf(subject.store)).toEqual([
        ['a', 1, 0],
        ['b', 1, 0],
      ]);
      expect(await triesOf(subject.store, groupSource())).toEqual([['c', 1, 0]]);
    });

    it('a lease that had expired counts as an attempt', async () => {
      await subject.store.declareLog({ log: LOG, partitions: 1 });
      await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(subject.store, append('a'), publish('b'));
      await leaseOne(subject.store);
      await leaseOne(subject.store, groupSource());
      subject.clock.advance(LEASE_MS);
      await subject.restart('close');
      expect(await triesOf(subject.store)).toEqual([['a', 2, 0]]);
      expect(await triesOf(subject.store, groupSource())).toEqual([['b', 2, 0]]);
    });

    it('calls that were running are done', async () => {
      const running = ['a', 'b', 'c'].map((id) => subject.store.commit([append(id)]));
      await subject.restart('close');
      expect(await Promise.all(running)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
      expect(await drain(subject.store)).toEqual(['a', 'b', 'c']);
    });
  });
}
