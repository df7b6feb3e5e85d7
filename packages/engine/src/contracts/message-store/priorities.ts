import { describe, expect, it } from 'vitest';
import { PRIORITIES, PRIORITY_TURN, type StoreOperation } from '../../ports/message-store.ts';
import {
  ack,
  aMessage,
  append,
  commitAll,
  drain,
  idsOf,
  LEASE_MS,
  leaseOne,
  leaseUpTo,
  OTHER_QUEUE,
  QUEUE,
  release,
  retry,
  triesOf,
} from './builders.ts';
import type { Subject } from './subject.ts';

const { lowest, highest } = PRIORITIES;

export function describePriorities(subject: Subject): void {
  /** One by one, as a worker that takes its time. */
  const takeOneByOne = async (count: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let taken = 0; taken < count; taken += 1) {
      const lease = await leaseOne(subject.store);
      await commitAll(subject.store, ack(lease));
      ids.push(lease.message.id);
    }
    return ids;
  };

  describe('S5 priorities', () => {
    it('higher ones come first, within one priority in order of arrival', async () => {
      const { store } = subject;
      await commitAll(
        store,
        append('normal 1'),
        append('high 1', { priority: highest }),
        append('low', { priority: lowest }),
        append('high 2', { priority: highest }),
      );
      await commitAll(store, append('normal 2', { priority: PRIORITIES.normal }));
      expect(idsOf(await leaseUpTo(store, 3))).toEqual(['high 1', 'high 2', 'normal 1']);
      expect(await drain(store)).toEqual(['normal 2', 'low']);
    });

    it('may be any whole number between the lowest and the highest', async () => {
      const { store } = subject;
      const all = Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index);
      // The last one appended comes first, so that none has a turn for having come first of all.
      await commitAll(store, ...all.map((priority) => append(`p${priority}`, { priority })));
      expect((await drain(store)).slice(0, PRIORITY_TURN - 1)).toEqual(
        all
          .toReversed()
          .slice(0, PRIORITY_TURN - 1)
          .map((priority) => `p${priority}`),
      );
    });

    it.each([lowest - 1, highest + 1, 4.5, Number.NaN])(
      'refuses %s, names the queue and writes nothing',
      async (priority) => {
        const { store } = subject;
        await expect(store.commit([append('a'), append('b', { priority })])).rejects.toThrow(QUEUE);
        expect(await drain(store)).toEqual([]);
      },
    );

    it('hold nothing up for ever: what came first of all has its turn', async () => {
      const { store } = subject;
      const low = ['low 1', 'low 2', 'low 3'];
      await commitAll(store, ...low.map((id) => append(id, { priority: lowest })));
      const high = Array.from({ length: 5 * PRIORITY_TURN }, (_, number) => `high ${number}`);
      await commitAll(store, ...high.map((id) => append(id, { priority: highest })));
      const ids = await takeOneByOne(3 * PRIORITY_TURN);
      const lowAt = ids.flatMap((id, index) => (id.startsWith('low') ? [index] : []));
      expect(lowAt.map((index) => ids[index])).toEqual(low);
      for (const [number, index] of lowAt.entries()) expect(index).toBeLessThan((number + 1) * PRIORITY_TURN);
      expect(ids.filter((id) => id.startsWith('high'))).toEqual(high.slice(0, ids.length - 3));
    });

    it('have the same turns when many are leased at once', async () => {
      const { store } = subject;
      await commitAll(store, append('low', { priority: lowest }));
      const high = Array.from({ length: 2 * PRIORITY_TURN }, (_, number) => `high ${number}`);
      await commitAll(store, ...high.map((id) => append(id, { priority: highest })));
      const ids = idsOf(await leaseUpTo(store, PRIORITY_TURN));
      expect(ids.toSorted()).toEqual([...high.slice(0, PRIORITY_TURN - 1), 'low'].toSorted());
    });

    it('let a turn pass to the next when more of the highest keep coming', async () => {
      const { store } = subject;
      await commitAll(store, append('middle', { priority: 5 }), append('low', { priority: lowest }));
      const ids: string[] = [];
      for (let round = 0; round < 2 * PRIORITY_TURN; round += 1) {
        await commitAll(store, append(`high ${round}`, { priority: highest }));
        ids.push(...(await takeOneByOne(1)));
      }
      expect(ids.filter((id) => !id.startsWith('high'))).toEqual(['middle', 'low']);
    });

    it('stay with a message that is put back, retried or expires', async () => {
      const { store, clock } = subject;
      await commitAll(store, ...['a', 'b', 'c'].map((id) => append(id, { priority: highest })));
      const [a, b] = (await leaseUpTo(store, 3)).leases;
      await commitAll(store, release(a!), retry(b!, clock.now() + 10), append('normal'));
      clock.advance(LEASE_MS);
      expect(await triesOf(store)).toEqual([
        ['a', 1, 0],
        ['b', 2, 0],
        ['c', 2, 0],
        ['normal', 1, 0],
      ]);
    });

    it('count for retries that are due: a low one does not come before what is ready and higher', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('low', { priority: lowest }));
      await commitAll(store, retry(await leaseOne(store), clock.now() + 100), append('high', { priority: highest }));
      clock.advance(100);
      expect(await takeOneByOne(2)).toEqual(['high', 'low']);
    });

    it('tell the earliest due time of all', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('high', { priority: highest }), append('low', { priority: lowest }));
      const [high, low] = (await leaseUpTo(store, 2)).leases;
      const dueAt = clock.now() + 100;
      await commitAll(store, retry(high!, dueAt + 100), retry(low!, dueAt));
      expect(await leaseUpTo(store, 1)).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(100);
      const result = await leaseUpTo(store, 2);
      expect(idsOf(result)).toEqual(['low']);
      expect(result.nextDueAt).toBe(dueAt + 100);
    });

    it('do not matter to messages of a FIFO group, which count as normal', async () => {
      const { store } = subject;
      await commitAll(
        store,
        append('g1', { group: 'g', priority: lowest }),
        append('g2', { group: 'g', priority: highest }),
        append('low', { priority: lowest }),
        append('high', { priority: highest }),
      );
      const first = await leaseUpTo(store, 10);
      expect(idsOf(first)).toEqual(['high', 'g1', 'low']);
      await commitAll(store, ...first.leases.map(ack));
      expect(await drain(store)).toEqual(['g2']);
    });

    it('belong to one queue', async () => {
      const { store } = subject;
      await commitAll(store, append('a', { priority: lowest }), append('b', { queue: OTHER_QUEUE, priority: highest }));
      expect(await drain(store)).toEqual(['a']);
    });

    it('make no difference to what is counted, looked at and removed', async () => {
      const { store } = subject;
      const all = [4, 9, 0, 9, 1].map((priority, index): StoreOperation =>
        append(aMessage(`m${index}`, { enqueuedAt: 1_000 + index }), { priority }),
      );
      await commitAll(store, ...all);
      const [m1] = (await leaseUpTo(store, 1)).leases;
      expect(m1!.message.id).toBe('m1');
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 5, inHand: 1, oldestEnqueuedAt: 1_000 });
      const peeked = await store.peek({ source: { queue: QUEUE }, limit: 10 });
      expect(peeked.map(({ message, state }) => [message.id, state])).toEqual([
        ['m0', 'waiting'],
        ['m1', 'in-hand'],
        ['m2', 'waiting'],
        ['m3', 'waiting'],
        ['m4', 'waiting'],
      ]);
      const page = await store.peek({ source: { queue: QUEUE }, limit: 2, after: { position: peeked[1]!.position } });
      expect(page.map(({ message }) => message.id)).toEqual(['m2', 'm3']);
      expect(await store.purge(QUEUE)).toBe(4);
      await commitAll(store, ack(m1!));
      expect(await store.backlog({ queue: QUEUE })).toEqual({ messages: 0, bytes: 0, inHand: 0, delayed: 0 });
    });

    it('give back many that were put back, each once', async () => {
      const { store } = subject;
      const ids = Array.from({ length: 50 }, (_, number) => `m${number}`);
      await commitAll(
        store,
        ...ids.map((id) => append(id, { priority: highest })),
        append('low', { priority: lowest }),
      );
      const { leases } = await leaseUpTo(store, 50);
      await commitAll(store, ...leases.map((lease) => release(lease)));
      expect(idsOf(await leaseUpTo(store, 100)).toSorted()).toEqual([...ids, 'low'].toSorted());
    });

    it('leave each message in one hand when several lease at the same time', async () => {
      const { store } = subject;
      const ids = Array.from({ length: 60 }, (_, number) => `m${number}`);
      await commitAll(store, ...ids.map((id, number) => append(id, { priority: (number * 7) % 10 })));
      const results = await Promise.all(Array.from({ length: 30 }, () => leaseUpTo(store, 3)));
      expect(results.flatMap(idsOf).toSorted()).toEqual(ids.toSorted());
    });
  });
}

export function describePrioritiesAfterRestart(subject: Subject): void {
  it.each(['close', 'crash'] as const)(
    'S5 priorities are kept over a %s, whatever state a message was in',
    async (how) => {
      const { clock } = subject;
      const ids = ['held', 'released', 'retried', 'waiting'];
      await commitAll(subject.store, append('normal'), ...ids.map((id) => append(id, { priority: highest })));
      const [, released, retried] = (await leaseUpTo(subject.store, 3)).leases;
      await commitAll(subject.store, release(released!), retry(retried!, clock.now()));
      await subject.restart(how);
      expect(await subject.store.backlog({ queue: QUEUE })).toMatchObject({ messages: 5, inHand: 0, delayed: 1 });
      const order = await drain(subject.store);
      expect(order.slice(0, 4).toSorted()).toEqual(ids.toSorted());
      expect(order.slice(4)).toEqual(['normal']);
      await subject.restart(how);
      await commitAll(subject.store, append('normal again'), append('high again', { priority: highest }));
      expect((await drain(subject.store)).toSorted()).toEqual(['high again', 'normal again']);
    },
  );
}
