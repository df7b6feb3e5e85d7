import { describe, expect, it } from 'vitest';
import {
  ack,
  append,
  commitAll,
  drain,
  GROUP,
  groupSource,
  idsOf,
  leaseOne,
  leaseUpTo,
  LOG,
  publish,
  QUEUE,
  release,
  retry,
  triesOf,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describeReleaseUntil(subject: Subject): void {
  const declare = async (): Promise<void> => {
    await subject.store.declareLog({ log: LOG, partitions: 1 });
    await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
  };

  describe('S6 a release until a time', () => {
    it('gives the message back then, not before, and does not count the attempt', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const dueAt = clock.now() + 200;
      await commitAll(store, release(await leaseOne(store), dueAt));
      clock.advance(199);
      expect(await leaseUpTo(store, 1)).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(1);
      expect(await triesOf(store)).toEqual([['a', 1, 0]]);
    });

    it('shows the message as delayed', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const dueAt = clock.now() + 200;
      await commitAll(store, release(await leaseOne(store), dueAt));
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 1, inHand: 0, delayed: 1 });
      const [peeked] = await store.peek({ source: { queue: QUEUE }, limit: 1 });
      expect(peeked).toMatchObject({ state: 'delayed', attempts: 0, dueAt });
      expect(peeked).not.toHaveProperty('lastFailure');
    });

    it('keeps what earlier tries have counted', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      await commitAll(store, retry(await leaseOne(store), clock.now()));
      await commitAll(store, release(await leaseOne(store), clock.now() + 1));
      clock.advance(1);
      const lease = await leaseOne(store);
      expect(lease.message.attempt).toBe(2);
      expect(lease.history).toHaveLength(1);
    });

    it('holds up no message without a group, and the whole group of one that has one', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('g1', { group: 'g' }), append('g2', { group: 'g' }), append('free'));
      const dueAt = clock.now() + 200;
      await commitAll(store, release(await leaseOne(store), dueAt));
      const result = await leaseUpTo(store, 10);
      expect(idsOf(result)).toEqual(['free']);
      expect(result.nextDueAt).toBe(dueAt);
      clock.advance(200);
      expect(await drain(store)).toEqual(['g1', 'g2']);
    });

    it('makes a partition stand still, and takes back what was handed out after the message', async () => {
      const { store, clock } = subject;
      await declare();
      await commitAll(store, ...['a', 'b', 'c'].map((id) => publish(id)));
      const [a, b, c] = (await leaseUpTo(store, 3, groupSource())).leases;
      const dueAt = clock.now() + 200;
      await commitAll(store, ack(a!), release(b!, dueAt));
      expect(await store.commit([ack(c!)])).toEqual({ ok: false, reason: 'lease-lost', lease: c });
      expect(await leaseUpTo(store, 3, groupSource())).toEqual({ leases: [], nextDueAt: dueAt });
      expect(await store.backlog({ log: LOG, group: GROUP })).toMatchObject({ messages: 2, delayed: 1 });
      clock.advance(200);
      expect(await triesOf(store, groupSource())).toEqual([
        ['b', 1, 0],
        ['c', 1, 0],
      ]);
    });
  });
}

export function describeReleaseUntilAfterRestart(subject: Subject): void {
  it.each(['close', 'crash'] as const)('S6 a release until a time holds over a %s, uncounted', async (how) => {
    const { clock } = subject;
    await subject.store.declareLog({ log: LOG, partitions: 1 });
    await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
    await commitAll(subject.store, append('a'), publish('b'));
    const dueAt = clock.now() + 200;
    await commitAll(
      subject.store,
      release(await leaseOne(subject.store), dueAt),
      release(await leaseOne(subject.store, groupSource()), dueAt),
    );
    await subject.restart(how);
    for (const source of [undefined, groupSource()])
      expect(await leaseUpTo(subject.store, 1, source)).toEqual({ leases: [], nextDueAt: dueAt });
    clock.advance(200);
    expect(await triesOf(subject.store)).toEqual([['a', 1, 0]]);
    expect(await triesOf(subject.store, groupSource())).toEqual([['b', 1, 0]]);
  });
}
