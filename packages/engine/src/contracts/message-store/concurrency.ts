import { describe, expect, it } from 'vitest';
import {
  ack,
  append,
  commitAll,
  drain,
  idsOf,
  leaseOne,
  leaseUpTo,
  NO_LIMIT,
  QUEUE,
  release,
  remember,
  retry,
} from './builders.ts';
import type { Subject } from './subject.ts';

const MANY = Array.from({ length: 40 }, (_, number) => number);

export function describeConcurrency(subject: Subject): void {
  describe('S1 calls at the same time', () => {
    it('with one idempotency key: exactly one commit wins, the others learn its message', async () => {
      const { store, clock } = subject;
      const results = await Promise.all(
        MANY.map((number) => store.commit([append(`m${number}`), remember('key', `m${number}`, clock.now() + 1_000)])),
      );
      const winners = results.flatMap((result, number) => (result.ok ? [`m${number}`] : []));
      expect(winners).toHaveLength(1);
      for (const result of results)
        if (!result.ok) expect(result).toEqual({ ok: false, reason: 'duplicate', messageId: winners[0] });
      expect(await drain(store)).toEqual(winners);
      expect(await store.recall('orders/in', 'key')).toBe(winners[0]);
    });

    it('against one limit: exactly as many commits win as there is room', async () => {
      const { store } = subject;
      const limit = { ...NO_LIMIT, messages: 7 };
      const results = await Promise.all(MANY.map((number) => store.commit([append(`m${number}`, { limit })])));
      expect(results.filter((result) => result.ok)).toHaveLength(7);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 7 });
    });

    it('for one lease: exactly one settlement wins', async () => {
      const { store } = subject;
      await commitAll(store, append('a'));
      const lease = await leaseOne(store);
      const results = await Promise.all(MANY.map((number) => store.commit([ack(lease), append(`output ${number}`)])));
      expect(results.filter((result) => result.ok)).toHaveLength(1);
      expect(await drain(store)).toEqual([`output ${results.findIndex((result) => result.ok)}`]);
    });

    it('for the same queue: each message is in one hand', async () => {
      const { store } = subject;
      await commitAll(store, ...MANY.map((number) => append(`m${number}`)));
      const results = await Promise.all(MANY.map(() => leaseUpTo(store, 3)));
      const ids = results.flatMap(idsOf);
      expect(ids.toSorted()).toEqual(MANY.map((number) => `m${number}`).toSorted());
    });

    it('for messages that came back, or whose group came free: each is in one hand', async () => {
      const { store, clock } = subject;
      await commitAll(
        store,
        ...MANY.map((number) => append(`m${number}`, number % 4 === 0 ? { group: `g${number}` } : {})),
      );
      const { leases } = await leaseUpTo(store, MANY.length);
      await commitAll(
        store,
        ...leases.map((lease, index) => (index % 2 === 0 ? release(lease) : retry(lease, clock.now() - (index % 3)))),
      );
      const results = await Promise.all(MANY.map(() => leaseUpTo(store, 3)));
      expect(results.flatMap(idsOf).toSorted()).toEqual(MANY.map((number) => `m${number}`).toSorted());
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ inHand: MANY.length, delayed: 0 });
    });

    it('keep the order in which they were made', async () => {
      const { store } = subject;
      await Promise.all(MANY.map((number) => commitAll(store, append(`m${number}`))));
      expect(await drain(store)).toEqual(MANY.map((number) => `m${number}`));
    });

    it('mix: what is appended while others lease and ack is all handed out once', async () => {
      const { store } = subject;
      const seen: string[] = [];
      const work = async (): Promise<void> => {
        for (let empty = 0; empty < 3;) {
          const result = await leaseUpTo(store, 4);
          if (result.leases.length === 0) empty += 1;
          seen.push(...idsOf(result));
          await commitAll(store, ...result.leases.map(ack));
        }
      };
      const produce = async (name: string): Promise<void> => {
        for (const number of MANY) await commitAll(store, append(`${name}${number}`));
      };
      await Promise.all([produce('a'), produce('b'), work(), work(), work()]);
      seen.push(...(await drain(store)));
      const expected = ['a', 'b'].flatMap((name) => MANY.map((number) => `${name}${number}`));
      expect(seen.toSorted()).toEqual(expected.toSorted());
      expect(await store.backlog({ queue: QUEUE })).toEqual({ messages: 0, bytes: 0, inHand: 0, delayed: 0 });
    });
  });
}
