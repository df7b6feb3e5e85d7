import { describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../message.ts';
import type { StoreOperation } from '../../ports/message-store.ts';
import {
  ack,
  aDeadLetter,
  aMessage,
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

export function describeFifoGroups(subject: Subject): void {
  describe('S4 a FIFO group', () => {
    it('hands out one message at a time, in order', async () => {
      const { store } = subject;
      await commitAll(store, inGroup('g', 'a1'), inGroup('g', 'a2'), inGroup('g', 'a3'));
      for (const id of ['a1', 'a2', 'a3']) {
        const result = await leaseUpTo(store, 10);
        expect(idsOf(result)).toEqual([id]);
        expect(idsOf(await leaseUpTo(store, 10))).toEqual([]);
        await commitAll(store, ack(result.leases[0]!));
      }
      expect(idsOf(await leaseUpTo(store, 10))).toEqual([]);
    });

    it('does not hold up other groups nor messages without one', async () => {
      const { store } = subject;
      await commitAll(
        store,
        inGroup('g', 'g1'),
        inGroup('g', 'g2'),
        inGroup('h', 'h1'),
        append('free'),
        inGroup('h', 'h2'),
      );
      const first = await leaseUpTo(store, 10);
      expect(idsOf(first)).toEqual(['g1', 'h1', 'free']);
      await commitAll(store, ack(first.leases[1]!));
      expect(idsOf(await leaseUpTo(store, 10))).toEqual(['h2']);
    });

    it('is one per queue, whatever the name is elsewhere', async () => {
      const { store } = subject;
      await commitAll(store, inGroup('g', 'a1'), append('b1', { queue: 'orders/w2', group: 'g' }));
      await leaseOne(store);
      expect(idsOf(await leaseUpTo(store, 10, { kind: 'queue', queue: 'orders/w2' }))).toEqual(['b1']);
    });

    it('may have any name', async () => {
      const { store } = subject;
      const names = ['', ' ', 'Zoë 🚀', '\u0000', 'x'.repeat(3_000), `${'x'.repeat(3_000)}y`];
      await commitAll(
        store,
        ...names.flatMap((name, index) => [inGroup(name, `first ${index}`), inGroup(name, `second ${index}`)]),
      );
      const first = await leaseUpTo(store, 20);
      expect(idsOf(first)).toEqual(names.map((_, index) => `first ${index}`));
      await commitAll(store, ...first.leases.map(ack));
      expect(idsOf(await leaseUpTo(store, 20))).toEqual(names.map((_, index) => `second ${index}`));
    });

    it('stands still while its first message waits for a retry', async () => {
      const { store, clock } = subject;
      await commitAll(store, inGroup('g', 'a1'), inGroup('g', 'a2'));
      const dueAt = clock.now() + 200;
      await commitAll(store, retry(await leaseOne(store), dueAt));
      expect(await leaseUpTo(store, 10)).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(200);
      const again = await leaseUpTo(store, 10);
      expect(again.leases.map(({ message }) => [message.id, message.attempt])).toEqual([['a1', 2]]);
      await commitAll(store, ack(again.leases[0]!));
      expect(idsOf(await leaseUpTo(store, 10))).toEqual(['a2']);
    });

    it('begins with the released message again', async () => {
      const { store } = subject;
      await commitAll(store, inGroup('g', 'a1'), inGroup('g', 'a2'));
      await commitAll(store, release(await leaseOne(store)));
      expect(idsOf(await leaseUpTo(store, 10))).toEqual(['a1']);
    });

    it('begins with the expired message again', async () => {
      const { store, clock } = subject;
      await commitAll(store, inGroup('g', 'a1'), inGroup('g', 'a2'));
      const first = await leaseOne(store);
      clock.advance(LEASE_MS);
      const second = await leaseUpTo(store, 10);
      expect(idsOf(second)).toEqual(['a1']);
      expect(await store.commit([ack(first)])).toMatchObject({ reason: 'lease-lost' });
      expect(idsOf(await leaseUpTo(store, 10))).toEqual([]);
      await commitAll(store, ack(second.leases[0]!));
      expect(idsOf(await leaseUpTo(store, 10))).toEqual(['a2']);
    });

    it('goes on when its first message is given up', async () => {
      const { store } = subject;
      await commitAll(store, inGroup('g', 'a1'), inGroup('g', 'a2'));
      const lease = await leaseOne(store);
      await commitAll(store, ack(lease), { op: 'dead-letter', letter: aDeadLetter('a1 given up') });
      expect(idsOf(await leaseUpTo(store, 10))).toEqual(['a2']);
    });

    it('goes on when the commit that acks its last message appends the next', async () => {
      const { store } = subject;
      await commitAll(store, inGroup('g', 'a1'));
      await commitAll(store, ack(await leaseOne(store)), inGroup('g', 'a2'), inGroup('g', 'a3'));
      expect(await drain(store)).toEqual(['a2', 'a3']);
    });

    it('goes on when its last message is acked while the next is being appended', async () => {
      const { store } = subject;
      for (let round = 0; round < 10; round += 1) {
        await commitAll(store, inGroup('g', `${round} first`));
        const lease = await leaseOne(store);
        const calls = [() => commitAll(store, ack(lease)), () => commitAll(store, inGroup('g', `${round} second`))];
        await Promise.all((round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()));
        expect(await drain(store)).toEqual([`${round} second`]);
      }
    });

    it('keeps its order over many messages of many groups', async () => {
      const { store } = subject;
      const groups = ['g', 'h', 'i', 'j', 'k'];
      const appended = Array.from({ length: 200 }, (_, number) => ({
        group: groups[(number * 7) % 5]!,
        id: `m${number}`,
      }));
      for (let start = 0; start < 200; start += 50) {
        await commitAll(store, ...appended.slice(start, start + 50).map(({ group, id }) => inGroup(group, id)));
      }
      const seen: string[] = [];
      for (;;) {
        const { leases } = await leaseUpTo(store, 3);
        if (leases.length === 0) break;
        seen.push(...leases.map((lease) => lease.message.id));
        for (const lease of leases.toReversed()) await commitAll(store, ack(lease));
      }
      for (const group of groups) {
        const inOrder = appended.filter((one) => one.group === group).map((one) => one.id);
        expect(seen.filter((id) => inOrder.includes(id))).toEqual(inOrder);
      }
      expect(seen).toHaveLength(200);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 0, bytes: 0 });
    });
  });

  describe('S4 without a group', () => {
    it('messages with one key are in several hands at once', async () => {
      const { store } = subject;
      const key = 'same';
      await commitAll(store, append(aMessage('a', { key })), append(aMessage('b', { key })));
      expect(idsOf(await leaseUpTo(store, 10))).toEqual(['a', 'b']);
    });
  });
}

function inGroup(group: string, message: StoredMessage | string): StoreOperation {
  return append(message, { group });
}
