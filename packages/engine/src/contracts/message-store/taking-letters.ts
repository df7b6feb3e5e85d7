import { describe, expect, it } from 'vitest';
import { deadLetterShelf } from '../../ports/message-store.ts';
import {
  ack,
  aDeadLetter,
  aMessage,
  append,
  commitAll,
  drain,
  giveUp,
  leaseOne,
  NO_LIMIT,
  QUEUE,
  remember,
  takeLetter,
} from './builders.ts';
import type { Subject } from './subject.ts';

export function describeTakingLetters(subject: Subject): void {
  const idsOf = async (): Promise<readonly string[]> =>
    (await subject.store.deadLetters({ pipelineId: 'orders', limit: 100 })).map(({ id }) => id);
  const usage = (): Promise<{ readonly messages: number; readonly bytes: number }> =>
    subject.store.deadLetterUsage('orders');

  describe('S9 a dead letter', () => {
    it('is found by its id, in its pipeline', async () => {
      const { store } = subject;
      const letter = aDeadLetter('d1', {
        message: aMessage('m', { payload: { text: 'x'.repeat(100_000) } }),
        editedAt: 7,
      });
      await commitAll(store, giveUp(letter), giveUp(aDeadLetter('d1', { pipelineId: 'returns' })));
      expect(await store.deadLetter('orders', 'd1')).toStrictEqual(letter);
      expect(await store.deadLetter('orders', 'never')).toBeUndefined();
      expect(await store.deadLetter('never', 'd1')).toBeUndefined();
    });

    it('is taken away in one commit with what becomes of it', async () => {
      const { store } = subject;
      await commitAll(store, giveUp('d1'), giveUp('d2'), giveUp(aDeadLetter('d1', { pipelineId: 'returns' })));
      await commitAll(store, takeLetter('d1'), append('redriven'));
      expect(await store.deadLetter('orders', 'd1')).toBeUndefined();
      expect(await idsOf()).toEqual(['d2']);
      expect(await store.deadLetterCounts('orders')).toEqual({ ship: 1 });
      expect(await store.deadLetterCounts('returns')).toEqual({ ship: 1 });
      expect(await drain(store)).toEqual(['redriven']);
    });

    it('is taken only once, and a refused commit writes nothing', async () => {
      const { store } = subject;
      await commitAll(store, giveUp('d1'), giveUp('d2'));
      await commitAll(store, takeLetter('d1'));
      const gone = { ok: false, reason: 'letter-gone', letterId: 'd1' };
      expect(await store.commit([append('again'), takeLetter('d2'), takeLetter('d1')])).toEqual(gone);
      expect(await store.commit([takeLetter('d2', 'never')])).toEqual({ ...gone, letterId: 'd2' });
      expect(await idsOf()).toEqual(['d2']);
      expect(await drain(store)).toEqual([]);
    });

    it('is taken by one of several who try at the same time, and once within a commit', async () => {
      const { store } = subject;
      await commitAll(store, giveUp('d1'));
      expect(await store.commit([takeLetter('d1'), takeLetter('d1')])).toEqual({
        ok: false,
        reason: 'letter-gone',
        letterId: 'd1',
      });
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, number) => store.commit([takeLetter('d1'), append(`redriven ${number}`)])),
      );
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await drain(store)).toEqual([`redriven ${results.findIndex(({ ok }) => ok)}`]);
      expect(await usage()).toEqual({ messages: 0, bytes: 0 });
    });

    it('stays when the commit that takes it keeps one with its id', async () => {
      const { store } = subject;
      await commitAll(store, giveUp('d1'));
      for (const commit of [
        [takeLetter('d1'), giveUp(aDeadLetter('d1', { attempts: 9 }))],
        [giveUp(aDeadLetter('d1', { attempts: 10 })), takeLetter('d1')],
      ])
        expect(await store.commit(commit)).toEqual({ ok: true });
      expect(await store.deadLetter('orders', 'd1')).toMatchObject({ attempts: 10 });
      expect(await store.deadLetterCounts('orders')).toEqual({ ship: 1 });
    });

    it('can come again under the same id after it was taken', async () => {
      const { store } = subject;
      await commitAll(store, giveUp('d1'), giveUp('d2'));
      await commitAll(store, takeLetter('d1'));
      await commitAll(store, giveUp(aDeadLetter('d1', { attempts: 9 })));
      expect(await idsOf()).toEqual(['d1', 'd2']);
    });

    it('that is gone is told after duplicates and leases, and before limits', async () => {
      const { store, clock } = subject;
      await commitAll(store, append('a'), remember('key', 'a', clock.now() + 1_000));
      const lease = await leaseOne(store);
      await commitAll(store, ack(lease));
      const full = append('b', { limit: { ...NO_LIMIT, messages: 0 } });
      const gone = takeLetter('d1');
      expect(await store.commit([full, gone])).toMatchObject({ reason: 'letter-gone' });
      expect(await store.commit([full, gone, ack(lease)])).toMatchObject({ reason: 'lease-lost' });
      expect(await store.commit([full, gone, remember('key', 'b', clock.now() + 1_000)])).toMatchObject({
        reason: 'duplicate',
      });
    });
  });

  describe('S7 the shelf of dead letters', () => {
    it('tells what it holds', async () => {
      const { store } = subject;
      expect(await usage()).toEqual({ messages: 0, bytes: 0 });
      await commitAll(store, giveUp('d1'));
      const { bytes } = await usage();
      expect(bytes).toBeGreaterThan(JSON.stringify(aDeadLetter('d1').message.payload).length);
      await commitAll(store, giveUp('d2'), giveUp(aDeadLetter('d3', { pipelineId: 'returns' })));
      expect(await usage()).toEqual({ messages: 2, bytes: 2 * bytes });
      await commitAll(store, giveUp(aDeadLetter('d2', { message: aMessage('m', { payload: 'x'.repeat(10_000) }) })));
      expect((await usage()).messages).toBe(2);
      expect((await usage()).bytes).toBeGreaterThan(10_000);
      await commitAll(store, takeLetter('d2'));
      expect(await usage()).toEqual({ messages: 1, bytes });
    });

    it('refuses what exceeds its limit in messages, by its name, and writes nothing', async () => {
      const { store } = subject;
      const limit = { messages: 2, bytes: NO_LIMIT.bytes };
      const full = { ok: false, reason: 'full', at: deadLetterShelf('orders') };
      await commitAll(store, append('a'), giveUp('d1', limit));
      const lease = await leaseOne(store);
      expect(await store.commit([ack(lease), giveUp('d2', limit), giveUp('d3', limit)])).toEqual(full);
      expect(await idsOf()).toEqual(['d1']);
      expect(await store.backlog({ queue: QUEUE })).toMatchObject({ messages: 1, inHand: 1 });
      expect(await store.commit([ack(lease), giveUp('d2', limit)])).toEqual({ ok: true });
      expect(await store.commit([giveUp('d3', limit)])).toEqual(full);
      expect(await store.commit([giveUp(aDeadLetter('d3', { pipelineId: 'returns' }), limit)])).toEqual({ ok: true });
      expect(await store.commit([giveUp('d3')])).toEqual({ ok: true });
    });

    it('refuses what exceeds its limit in bytes', async () => {
      const { store } = subject;
      await commitAll(store, giveUp('d1'));
      const { bytes } = await usage();
      const limit = { messages: 1_000, bytes: 2 * bytes };
      expect(await store.commit([giveUp('d2', limit)])).toEqual({ ok: true });
      expect(await store.commit([giveUp('d3', limit)])).toMatchObject({
        reason: 'full',
        at: deadLetterShelf('orders'),
      });
    });

    it('counts a letter that is replaced once, and makes room for one with what the same commit takes', async () => {
      const { store } = subject;
      await commitAll(store, giveUp('d1'), giveUp('d2'));
      const limit = { messages: 2, bytes: (await usage()).bytes };
      expect(await store.commit([giveUp('d2', limit)])).toEqual({ ok: true });
      expect(await store.commit([giveUp('d2', limit), giveUp('d2', limit)])).toEqual({ ok: true });
      expect(await store.commit([giveUp('d3', limit)])).toMatchObject({ reason: 'full' });
      expect(await store.commit([giveUp('d3', limit), takeLetter('d1')])).toEqual({ ok: true });
      expect(await idsOf()).toEqual(['d3', 'd2']);
      expect(await usage()).toEqual(limit);
    });
  });
}
