import { describe, expect, it } from 'vitest';
import { ATTEMPT_HISTORY_MAX } from '../../ports/message-store.ts';
import {
  aFailure,
  append,
  commitAll,
  drain,
  idsOf,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  QUEUE,
  release,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describeRetries(subject: Subject): void {
  describe('S6 a retry', () => {
    it('comes back when it is due, not before, with the attempt counted and the failure in its history', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const dueAt = clock.now() + 200;
      const failure = aFailure({ attempt: 1, at: clock.now(), code: 'target-timeout', message: 'no answer in 5 s' });
      await commitAll(store, { op: 'retry', lease: await leaseOne(store), dueAt, failure });
      clock.advance(199);
      expect(await leaseUpTo(store, 1)).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(1);
      const lease = await leaseOne(store);
      expect(lease.message.attempt).toBe(2);
      expect(lease.history).toEqual([failure]);
      expect(lease.crashes).toBe(0);
    });

    it('is not lost when the wall clock is set back after it was due', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'));
      const { leases } = await leaseUpTo(store, 2);
      await commitAll(store, ...leases.map((lease) => retry(lease, clock.now() + 100)));
      clock.advance(100);
      const ids = [...idsOf(await leaseUpTo(store, 1))];
      clock.jump(-3_600_000);
      ids.push(...idsOf(await leaseUpTo(store, 1)));
      clock.jump(3_600_000);
      ids.push(...idsOf(await leaseUpTo(store, 1)));
      expect(ids).toEqual(['a', 'b']);
    });

    it('comes at once when its time is past', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      await commitAll(store, retry(await leaseOne(store), clock.now() - 1));
      expect(idsOf(await leaseUpTo(store, 1))).toEqual(['a']);
    });

    it('does not hold up messages without a group', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'));
      await commitAll(store, retry(await leaseOne(store), clock.now() + 200));
      expect(await drain(store)).toEqual(['b']);
      clock.advance(200);
      expect(await drain(store)).toEqual(['a']);
    });

    it('ends the old lease', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      await commitAll(store, retry(lease, clock.now()));
      expect(await store.commit([release(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
      expect((await leaseOne(store)).token).toBeGreaterThan(lease.token);
    });

    it(`keeps the last ${ATTEMPT_HISTORY_MAX} failures, oldest first`, async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const tries = ATTEMPT_HISTORY_MAX + 3;
      for (let attempt = 1; attempt <= tries; attempt += 1) {
        await commitAll(store, retry(await leaseOne(store), clock.now(), { message: `failure ${attempt}` }));
      }
      const { history, message } = await leaseOne(store);
      expect(message.attempt).toBe(tries + 1);
      expect(history).toHaveLength(ATTEMPT_HISTORY_MAX);
      expect(history[0]).toMatchObject({ attempt: 4, message: 'failure 4' });
      expect(history.at(-1)).toMatchObject({ attempt: tries, message: `failure ${tries}` });
    });

    it('counts an expired try before it, which leaves no record', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      await leaseOne(store);
      clock.advance(LEASE_MS);
      await commitAll(store, retry(await leaseOne(store), clock.now()));
      const { message, history } = await leaseOne(store);
      expect(message.attempt).toBe(3);
      expect(history.map((record) => record.attempt)).toEqual([2]);
    });
  });

  describe('S6 the next due time', () => {
    it('is the earliest of those that wait', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'), append('c'), append('d'));
      const { leases } = await leaseUpTo(store, 4);
      const start = clock.now();
      await commitAll(store, ...leases.map((lease, index) => retry(lease, start + [700, 300, 500, 900][index]!)));
      expect(await leaseUpTo(store, 4)).toEqual({ leases: [], nextDueAt: start + 300 });
      clock.advance(400);
      const result = await leaseUpTo(store, 4);
      expect(idsOf(result)).toEqual(['b']);
      expect(result.nextDueAt).toBe(start + 500);
    });

    it('is told beside leases when fewer came than asked for', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'));
      const dueAt = clock.now() + 200;
      await commitAll(store, retry(await leaseOne(store), dueAt));
      const result = await leaseUpTo(store, 2);
      expect(idsOf(result)).toEqual(['b']);
      expect(result.nextDueAt).toBe(dueAt);
    });

    it('is absent when nothing waits for a time', async () => {
      const { store } = subject;
      await commitAll(store, append('a'));
      expect(await leaseUpTo(store, 2)).not.toHaveProperty('nextDueAt');
      expect(await leaseUpTo(store, 2)).not.toHaveProperty('nextDueAt');
      await drain(store);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ inHand: 1 });
    });
  });
}
