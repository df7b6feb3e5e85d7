import { describe, expect, it } from 'vitest';
import {
  append,
  commitAll,
  GROUP,
  groupSource,
  leaseOne,
  leaseUpTo,
  LOG,
  publish,
  QUEUE,
  release,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

const HOUR = 3_600_000;

/** A wall clock that is set back or ahead moves no moment that lies ahead. */
export function describeClockJumps(subject: Subject, restarts: boolean): void {
  describe('S6 when the wall clock is set', () => {
    it.each([-HOUR, HOUR])('what waits on a queue is due when it would have been (%i ms)', async (ms) => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'));
      const { leases } = await leaseUpTo(store, 2);
      await commitAll(store, retry(leases[0]!, clock.now() + 1_000), release(leases[1]!, clock.now() + 1_000));
      clock.jump(ms);
      clock.advance(999);
      expect(await leaseUpTo(store, 2)).toEqual({ leases: [], nextDueAt: clock.now() + 1 });
      expect(await store.peek({ source: { queue: QUEUE }, limit: 1 })).toMatchObject([{ dueAt: clock.now() + 1 }]);
      clock.advance(1);
      expect((await leaseUpTo(store, 2)).leases).toHaveLength(2);
    });

    it('what is put off afterwards is due by the clock as it stands', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      clock.jump(-HOUR);
      await commitAll(store, retry(await leaseOne(store), clock.now() + 1_000));
      clock.advance(999);
      expect((await leaseUpTo(store, 1)).leases).toEqual([]);
      clock.advance(1);
      expect((await leaseUpTo(store, 1)).leases).toHaveLength(1);
    });

    it('a partition stands still no longer than it was to', async () => {
      const { store, clock } = subject;
      await store.declareLog({ log: LOG, partitions: 1 });
      await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
      await commitAll(store, publish('a'));
      await commitAll(store, retry(await leaseOne(store, groupSource()), clock.now() + 1_000));
      clock.jump(-HOUR);
      clock.advance(1_000);
      expect((await leaseOne(store, groupSource())).message.id).toBe('a');
    });

    it.runIf(restarts)('also when the store ends meanwhile', async () => {
      await commitAll(subject.store, append('a'));
      await commitAll(subject.store, retry(await leaseOne(subject.store), subject.clock.now() + 20_000));
      subject.clock.jump(-HOUR);
      await subject.restart('crash');
      const { store, clock } = subject;
      // How far time had come is kept to within a few seconds.
      clock.advance(26_000);
      expect((await leaseUpTo(store, 1)).leases).toHaveLength(1);
    });

    it('a lease says when it ends by the clock as it stands', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      clock.jump(HOUR);
      const lease = await leaseOne(store);
      expect(lease.expiresAt).toBeGreaterThan(clock.now());
      expect((await store.extend(lease, 5_000))?.expiresAt).toBe(clock.now() + 5_000);
    });
  });
}
