import { describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../message.ts';
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
  queueSource,
  release,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

const ODD_MESSAGES: readonly StoredMessage[] = [
  aMessage('plain'),
  aMessage('traced', { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }),
  aMessage('empty', { key: '', payload: null, headers: {} }),
  aMessage('unicode', { key: 'Zoë 🚀 \u0000 \ud800', payload: { 'ключ 🗝': ['𝄞', '\\"\n', ''] } }),
  aMessage('nested', { payload: [[], {}, [[1, -0.5, 1e300, 0]], { a: { b: [true, false, null] } }] }),
  aMessage('scalar', { payload: 'text' }),
  aMessage('large', { payload: { text: 'x'.repeat(300_000) } }),
];

export function describeLeases(subject: Subject): void {
  describe('S2 a lease', () => {
    it('hands out messages in order of arrival, at most as many as asked for', async () => {
      const { store } = subject;
      await commitAll(store, append('a'), append('b'));
      await commitAll(store, append('c'));
      expect(idsOf(await leaseUpTo(store, 2))).toEqual(['a', 'b']);
      expect(idsOf(await leaseUpTo(store, 2))).toEqual(['c']);
      expect(await leaseUpTo(store, 2)).toEqual({ leases: [] });
    });

    it('finds nothing on a queue that nobody has written to', async () => {
      expect(await leaseUpTo(subject.store, 2, queueSource('orders/never'))).toEqual({ leases: [] });
    });

    it('takes from its own queue alone', async () => {
      const { store } = subject;
      await commitAll(store, append('a'), append('b', { queue: OTHER_QUEUE }));
      expect(idsOf(await leaseUpTo(store, 2, queueSource(OTHER_QUEUE)))).toEqual(['b']);
    });

    it('gives back exactly what was appended, with the number of the attempt', async () => {
      const { store } = subject;
      await commitAll(store, ...ODD_MESSAGES.map((message) => append(message)));
      const { leases } = await leaseUpTo(store, ODD_MESSAGES.length);
      expect(leases.map((lease) => lease.message)).toStrictEqual(
        ODD_MESSAGES.map((message) => ({ ...message, attempt: 1 })),
      );
      for (const lease of leases) expect(lease).toMatchObject({ source: queueSource(), crashes: 0, history: [] });
    });

    it('gives rising positions', async () => {
      const { store } = subject;
      await commitAll(store, append('a'), append('b'), append('c'));
      const positions = (await leaseUpTo(store, 3)).leases.map((lease) => lease.position);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      expect(new Set(positions).size).toBe(3);
    });

    it('ends at the time it states', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      expect(lease.expiresAt).toBe(clock.now() + LEASE_MS);
      clock.advance(LEASE_MS - 1);
      expect(idsOf(await leaseUpTo(store, 1))).toEqual([]);
      clock.advance(1);
      expect(idsOf(await leaseUpTo(store, 1))).toEqual(['a']);
    });

    it('is measured on the monotonic clock: a jump of the wall clock neither ends nor prolongs it', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      await leaseOne(store);
      clock.jump(3_600_000);
      expect(idsOf(await leaseUpTo(store, 1))).toEqual([]);
      clock.jump(-7_200_000);
      clock.advance(LEASE_MS);
      expect(idsOf(await leaseUpTo(store, 1))).toEqual(['a']);
    });

    it('cannot be settled twice', async () => {
      const { store } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      await commitAll(store, ack(lease));
      expect(await store.commit([ack(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
      expect(await store.commit([release(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
      expect(await store.extend(lease, LEASE_MS)).toBeUndefined();
    });

    it('cannot be settled twice within one commit', async () => {
      const { store } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      expect(await store.commit([release(lease), ack(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
      expect(await store.commit([ack(lease)])).toEqual({ ok: true });
    });

    it('can be settled in any order on a queue', async () => {
      const { store } = subject;
      await commitAll(store, append('a'), append('b'), append('c'));
      const { leases } = await leaseUpTo(store, 3);
      for (const lease of leases.toReversed()) await commitAll(store, ack(lease));
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 0 });
    });
  });

  describe('S2 a lease that expires', () => {
    it('is handed out again with the attempt counted and a larger token', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const first = await leaseOne(store);
      clock.advance(LEASE_MS);
      const second = await leaseOne(store);
      expect(second.message).toEqual({ ...aMessage('a'), attempt: 2 });
      expect(second).toMatchObject({ position: first.position, crashes: 0, history: [] });
      expect(second.token).toBeGreaterThan(first.token);
    });

    it('is lost to its first holder once it is handed out again', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const first = await leaseOne(store);
      clock.advance(LEASE_MS);
      const second = await leaseOne(store);
      for (const late of [ack(first), release(first), retry(first, clock.now())]) {
        expect(await store.commit([late, append('output')])).toEqual({ ok: false, reason: 'lease-lost', lease: first });
      }
      expect(await store.extend(first, LEASE_MS)).toBeUndefined();
      expect(await store.commit([ack(second)])).toEqual({ ok: true });
      expect(await drain(store)).toEqual([]);
    });

    it('can still be settled while nobody else has taken it', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'), append('c'));
      const [a, b, c] = (await leaseUpTo(store, 3)).leases;
      clock.advance(LEASE_MS);
      expect(await store.commit([ack(a!), release(b!), retry(c!, clock.now() + 500)])).toEqual({ ok: true });
      const again = await leaseUpTo(store, 3);
      expect(again.leases.map(({ message }) => [message.id, message.attempt])).toEqual([['b', 1]]);
      expect(again.nextDueAt).toBe(clock.now() + 500);
    });

    it('and is put back late for a later time, waits for that time, whoever has looked meanwhile', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      clock.advance(LEASE_MS);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ inHand: 0 });
      const dueAt = clock.now() + 500;
      await commitAll(store, retry(lease, dueAt));
      expect(await leaseUpTo(store, 1)).toEqual({ leases: [], nextDueAt: dueAt });
      clock.advance(500);
      expect(idsOf(await leaseUpTo(store, 1))).toEqual(['a']);
    });

    it('comes before what arrived later', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'), append('c'));
      await leaseUpTo(store, 2);
      clock.advance(LEASE_MS);
      expect(idsOf(await leaseUpTo(store, 3))).toEqual(['a', 'b', 'c']);
    });

    it('expires by itself, not with those that end later', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'), append('c'));
      for (const id of ['a', 'b', 'c']) {
        expect(idsOf(await leaseUpTo(store, 1))).toEqual([id]);
        clock.advance(100);
      }
      clock.advance(LEASE_MS - 300);
      for (const id of ['a', 'b', 'c']) {
        expect(await store.backlog({ queue: QUEUE })).toMatchObject({ inHand: 2 });
        expect(idsOf(await leaseUpTo(store, 3))).toEqual([id]);
        clock.advance(100);
      }
    });

    it("settled late by its holder, is in nobody's hand", async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), append('b'));
      const { leases } = await leaseUpTo(store, 2);
      clock.advance(LEASE_MS);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 2, inHand: 0 });
      await commitAll(store, ...leases.map(ack));
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 0, inHand: 0 });
    });

    it('expires again and again, each time with one more attempt', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const tokens: number[] = [];
      for (const attempt of [1, 2, 3, 4]) {
        const lease = await leaseOne(store);
        expect(lease.message.attempt).toBe(attempt);
        tokens.push(lease.token);
        clock.advance(LEASE_MS);
      }
      expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    });
  });

  describe('S2 extending a lease', () => {
    it('moves its end, counted from now, and keeps its token', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      clock.advance(LEASE_MS - 1);
      const extended = await store.extend(lease, LEASE_MS);
      expect(extended).toEqual({ ...lease, expiresAt: clock.now() + LEASE_MS });
      clock.advance(LEASE_MS - 1);
      expect(idsOf(await leaseUpTo(store, 1))).toEqual([]);
      expect(await store.commit([ack(lease)])).toEqual({ ok: true });
    });

    it('can shorten it', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      await store.extend(await leaseOne(store), 10);
      clock.advance(10);
      expect(idsOf(await leaseUpTo(store, 1))).toEqual(['a']);
    });

    it('revives one that has expired and that nobody has taken', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      clock.advance(LEASE_MS);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 1, inHand: 0 });
      expect(await store.extend(lease, LEASE_MS)).toBeDefined();
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 1, inHand: 1 });
      expect(idsOf(await leaseUpTo(store, 1))).toEqual([]);
      clock.advance(LEASE_MS);
      expect((await leaseOne(store)).message.attempt).toBe(2);
    });
  });

  describe('S2 releasing a lease', () => {
    it('puts the message back to its place at once and does not count the attempt', async () => {
      const { store } = subject;
      await commitAll(store, append('a'), append('b'), append('c'));
      const [a, b] = (await leaseUpTo(store, 2)).leases;
      await commitAll(store, release(b!));
      await commitAll(store, release(a!));
      const { leases } = await leaseUpTo(store, 3);
      expect(leases.map(({ message }) => [message.id, message.attempt])).toEqual([
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ]);
      expect(leases[0]!.token).toBeGreaterThan(a!.token);
    });

    it('ends the old lease', async () => {
      const { store } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      await commitAll(store, release(lease));
      expect(await store.extend(lease, LEASE_MS)).toBeUndefined();
      expect(await store.commit([ack(lease)])).toEqual({ ok: false, reason: 'lease-lost', lease });
    });

    it('keeps what earlier tries have counted', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'));
      await commitAll(store, retry(await leaseOne(store), clock.now()));
      await commitAll(store, release(await leaseOne(store)));
      const lease = await leaseOne(store);
      expect(lease.message.attempt).toBe(2);
      expect(lease.history).toHaveLength(1);
    });
  });
}
