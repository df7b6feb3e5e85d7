import { describe, expect, it } from 'vitest';
import type { LeaseResult, LeaseSource } from '../../ports/message-store.ts';
import {
  ack,
  aMessage,
  append,
  commitAll,
  GROUP,
  groupSource,
  idsOf,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  LOG,
  publish,
  queueSource,
  retry,
  triesOf,
} from './builders.ts';
import type { Subject } from './subject.ts';

/** Messages bear the time at which they were enqueued. */
const at = (enqueuedAt: number, id = `m${enqueuedAt}`) => aMessage(id, { enqueuedAt });

export function describeOldMessages(subject: Subject): void {
  const leaseOld = (
    enqueuedBefore: number,
    { max = 10, source = queueSource() }: { readonly max?: number; readonly source?: LeaseSource } = {},
  ): Promise<LeaseResult> => subject.store.lease({ source, max, leaseMs: LEASE_MS, enqueuedBefore });

  describe('S5 a lease of old messages', () => {
    it('takes those that were enqueued before the time, oldest first, and leaves the others', async () => {
      const { store } = subject;
      await commitAll(store, ...[1, 2, 3, 4].map((time) => append(at(time))));
      expect(idsOf(await leaseOld(3))).toEqual(['m1', 'm2']);
      expect(idsOf(await leaseOld(3))).toEqual([]);
      expect(idsOf(await leaseUpTo(store, 10))).toEqual(['m3', 'm4']);
    });

    it('takes no more than asked for', async () => {
      const { store } = subject;
      await commitAll(store, ...[1, 2, 3].map((time) => append(at(time))));
      expect(idsOf(await leaseOld(9, { max: 2 }))).toEqual(['m1', 'm2']);
      expect(idsOf(await leaseOld(9, { max: 2 }))).toEqual(['m3']);
    });

    it('finds what has waited longest in each priority, behind all that is younger', async () => {
      const { store } = subject;
      await commitAll(
        store,
        append(at(1), { priority: 2 }),
        append(at(2), { priority: 9 }),
        append(at(3), { priority: 2 }),
        append(at(4)),
        append(at(8), { priority: 2 }),
        append(at(9), { priority: 9 }),
      );
      expect(idsOf(await leaseOld(5, { max: 3 }))).toEqual(['m1', 'm2', 'm3']);
      expect(idsOf(await leaseOld(5))).toEqual(['m4']);
      expect(idsOf(await leaseOld(5))).toEqual([]);
    });

    it('finds the first message of each FIFO group, and no other of it', async () => {
      const { store } = subject;
      await commitAll(
        store,
        append(at(1), { group: 'g' }),
        append(at(2), { group: 'g' }),
        append(at(3), { group: 'h' }),
        append(at(9), { group: 'i' }),
      );
      const { leases } = await leaseOld(5);
      expect(leases.map(({ message }) => message.id)).toEqual(['m1', 'm3']);
      await commitAll(store, ack(leases[0]!));
      expect(idsOf(await leaseOld(5))).toEqual(['m2']);
    });

    it('takes what has expired and retries that are due, not what is in hand or waits', async () => {
      const { store, clock } = subject;
      await commitAll(store, ...[1, 2, 3, 4].map((time) => append(at(time))));
      const [, second, third] = (await leaseUpTo(store, 3)).leases;
      const dueAt = clock.now() + 100;
      await commitAll(store, retry(second!, dueAt), retry(third!, dueAt + LEASE_MS));
      expect(await leaseOld(3)).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(LEASE_MS);
      const { leases, nextDueAt } = await leaseOld(4);
      expect(leases.map(({ message }) => [message.id, message.attempt])).toEqual([
        ['m1', 2],
        ['m2', 2],
      ]);
      expect(nextDueAt).toBe(dueAt + LEASE_MS);
    });

    it('takes the front of a partition up to the first that is younger', async () => {
      const { store } = subject;
      await store.declareLog({ log: LOG, partitions: 1 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(store, publish(at(1)), publish(at(2)), publish(at(5)), publish(at(3)));
      const source = groupSource();
      const old = await leaseOld(4, { source });
      expect(idsOf(old)).toEqual(['m1', 'm2']);
      await commitAll(store, ...old.leases.map(ack));
      expect(idsOf(await leaseOld(4, { source }))).toEqual([]);
      expect((await leaseOne(store, source)).message.id).toBe('m5');
    });
  });
}

export function describeOldMessagesAfterRestart(subject: Subject): void {
  it.each(['close', 'crash'] as const)(
    'S5 a lease that finds nothing old counts nothing for a %s after it',
    async (how) => {
      const { clock } = subject;
      await subject.store.declareLog({ log: LOG, partitions: 1 });
      await subject.store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(subject.store, append(at(5)), publish(at(5)));
      const sources = [queueSource(), groupSource()];
      for (const source of sources) await leaseOne(subject.store, source);
      clock.advance(LEASE_MS);
      for (const source of sources)
        expect(await subject.store.lease({ source, max: 1, leaseMs: LEASE_MS, enqueuedBefore: 5 })).toEqual({
          leases: [],
        });
      await subject.restart(how);
      // On the queue nobody has noticed that the lease had expired, so a crash finds it out.
      const crashes = how === 'crash' ? 1 : 0;
      expect(await triesOf(subject.store)).toEqual([['m5', 2, crashes]]);
      expect((await triesOf(subject.store, groupSource())).map(([id, attempt]) => [id, attempt])).toEqual([['m5', 2]]);
    },
  );
}
