import { describe, expect, it } from 'vitest';
import type { Json } from '../../message.ts';
import { commitAll, remember } from './builders.ts';
import type { Subject } from './subject.ts';

const CURSORS: readonly Json[] = ['2026-01-01', 17, null, false, { after: { id: 9, at: ['x'] } }, []];

export function describeCursorsAndKeys(subject: Subject): void {
  describe('S1 a cursor', () => {
    it('is absent until it is set, then holds the last value', async () => {
      const { store } = subject;
      expect(await store.cursor('orders/poll')).toBeUndefined();
      for (const value of CURSORS) {
        await commitAll(store, { op: 'cursor', source: 'orders/poll', value });
        expect(await store.cursor('orders/poll')).toEqual(value);
      }
    });

    it('can be forgotten, also when nobody has set it', async () => {
      const { store } = subject;
      const drop = { op: 'drop-cursor', source: 'orders/poll' } as const;
      await commitAll(store, drop);
      await commitAll(
        store,
        { op: 'cursor', source: 'orders/poll', value: 7 },
        { op: 'cursor', source: 'b', value: 8 },
      );
      await commitAll(store, drop);
      expect(await store.cursor('orders/poll')).toBeUndefined();
      expect(await store.cursor('b')).toBe(8);
    });

    it('belongs to its source', async () => {
      const { store } = subject;
      const long = 'x'.repeat(3_000);
      await commitAll(
        store,
        { op: 'cursor', source: 'orders/a', value: 1 },
        { op: 'cursor', source: 'orders/b', value: 2 },
        { op: 'cursor', source: `${long}a`, value: 3 },
        { op: 'cursor', source: `${long}b`, value: 4 },
      );
      const values = await Promise.all(
        ['orders/a', 'orders/b', `${long}a`, `${long}b`].map((source) => store.cursor(source)),
      );
      expect(values).toEqual([1, 2, 3, 4]);
    });
  });

  describe('S1 an idempotency key', () => {
    it('is recalled until it expires', async () => {
      const { store, clock } = subject;
      expect(await store.recall('orders/in', 'key')).toBeUndefined();
      await commitAll(store, remember('key', 'm1', clock.now() + 1_000));
      expect(await store.recall('orders/in', 'key')).toBe('m1');
      clock.advance(999);
      expect(await store.recall('orders/in', 'key')).toBe('m1');
      clock.advance(1);
      expect(await store.recall('orders/in', 'key')).toBeUndefined();
    });

    it('belongs to its scope, whatever its length or letters', async () => {
      const { store, clock } = subject;
      const keys = [
        ['a', 'bc'],
        ['ab', 'c'],
        ['a', ''],
        ['', 'a'],
        ['a', 'x'.repeat(5_000)],
        ['a', `${'x'.repeat(5_000)}y`],
        ['a', 'Zoë 🚀\u0000'],
        ['a\u0000', 'Zoë 🚀'],
      ] as const;
      await commitAll(
        store,
        ...keys.map(([scope, key], index) => remember(key, `m${index}`, clock.now() + 1_000, scope)),
      );
      const recalled = await Promise.all(keys.map(([scope, key]) => store.recall(scope, key)));
      expect(recalled).toEqual(keys.map((_, index) => `m${index}`));
    });

    it('can be used anew once it has expired, and then lasts as long as the new one says', async () => {
      const { store, clock } = subject;
      await commitAll(store, remember('key', 'm1', clock.now() + 1_000));
      clock.advance(1_000);
      expect(await store.commit([remember('key', 'm2', clock.now() + 1_000)])).toEqual({ ok: true });
      expect(await store.forgetExpired(10)).toBe(0);
      expect(await store.recall('orders/in', 'key')).toBe('m2');
      clock.advance(1_000);
      expect(await store.forgetExpired(10)).toBe(1);
    });

    it('twice in one commit is no duplicate: the first counts', async () => {
      const { store, clock } = subject;
      const expiresAt = clock.now() + 1_000;
      expect(await store.commit([remember('key', 'm1', expiresAt), remember('key', 'm2', expiresAt)])).toEqual({
        ok: true,
      });
      expect(await store.recall('orders/in', 'key')).toBe('m1');
    });
  });

  describe('S10 forgetting keys', () => {
    it('removes those that have expired, at most as many as asked for, and keeps the others', async () => {
      const { store, clock } = subject;
      const start = clock.now();
      await commitAll(store, ...[100, 300, 200, 900].map((ms) => remember(`key ${ms}`, `m${ms}`, start + ms)));
      expect(await store.forgetExpired(10)).toBe(0);
      clock.advance(300);
      expect(await store.forgetExpired(2)).toBe(2);
      expect(await store.forgetExpired(2)).toBe(1);
      expect(await store.forgetExpired(2)).toBe(0);
      expect(await store.recall('orders/in', 'key 900')).toBe('m900');
    });
  });
}
