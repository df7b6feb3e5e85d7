import { describe, expect, it } from 'vitest';
import type { LeaseSource } from '../../ports/message-store.ts';
import {
  ack,
  append,
  commitAll,
  drain,
  GROUP,
  groupSource,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  LOG,
  OTHER_QUEUE,
  publish,
  QUEUE,
  queueSource,
  release,
  requireLease,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describeFencing(subject: Subject): void {
  const SOURCES: readonly LeaseSource[] = [queueSource(), groupSource()];
  const putAll = async (): Promise<void> => {
    const { store } = subject;
    await store.declareLog({ log: LOG, partitions: 1 });
    await store.declareGroup({ log: LOG, group: GROUP, startFrom: 'earliest' });
    await commitAll(store, append('a'), append('b'), publish('a'), publish('b'));
  };
  /** A step between lease and settlement. */
  const step = append('step', { queue: OTHER_QUEUE });

  describe.each(SOURCES)('S2 a step that requires a lease on a $kind', (source) => {
    it('is taken while the lease is held, and settles nothing', async () => {
      const { store } = subject;
      await putAll();
      const lease = await leaseOne(store, source);
      expect(await store.commit([requireLease(lease), step])).toEqual({ ok: true });
      expect(await store.commit([requireLease(lease), requireLease(lease), step])).toEqual({ ok: true });
      expect(await store.backlog({ queue: OTHER_QUEUE })).toMatchObject({ messages: 2 });
      const place = source.kind === 'queue' ? { queue: QUEUE } : { log: LOG, group: GROUP };
      expect(await store.backlog(place)).toMatchObject({ messages: 2, inHand: 1 });
      expect(await store.commit([ack(lease)])).toEqual({ ok: true });
    });

    it('may stand beside the settlement of the same lease', async () => {
      const { store } = subject;
      await putAll();
      const lease = await leaseOne(store, source);
      expect(await store.commit([requireLease(lease), ack(lease), step])).toEqual({ ok: true });
    });

    it('is refused once the lease is settled, and writes nothing', async () => {
      const { store } = subject;
      await putAll();
      const lease = await leaseOne(store, source);
      await commitAll(store, release(lease));
      const lost = { ok: false, reason: 'lease-lost', lease };
      expect(await store.commit([step, requireLease(lease)])).toEqual(lost);
      const again = await leaseOne(store, source);
      expect(await store.commit([step, requireLease(lease)])).toEqual(lost);
      await commitAll(store, ack(again));
      expect(await store.commit([step, requireLease(again)])).toEqual({ ...lost, lease: again });
      expect(await drain(store, queueSource(OTHER_QUEUE))).toEqual([]);
    });

    it('is taken after the lease has expired, as long as nobody else has the message', async () => {
      const { store, clock } = subject;
      await putAll();
      const lease = await leaseOne(store, source);
      clock.advance(LEASE_MS);
      expect(await store.commit([requireLease(lease), step])).toEqual({ ok: true });
      await leaseOne(store, source);
      expect(await store.commit([requireLease(lease), step])).toEqual({ ok: false, reason: 'lease-lost', lease });
    });
  });

  it('S2 a step may require a later lease of a partition than the first', async () => {
    const { store } = subject;
    await putAll();
    const [, second] = (await leaseUpTo(store, 2, groupSource())).leases;
    expect(await store.commit([requireLease(second!), step])).toEqual({ ok: true });
  });
}
