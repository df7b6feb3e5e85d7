import { describe, expect, it } from 'vitest';
import { aDeadLetter, aMessage, commitAll } from './builders.ts';
import type { Subject } from './subject.ts';
import type { DeadLetter } from '../../ports/message-store.ts';

export function describeDeadLetters(subject: Subject): void {
  const giveUp = (...letters: readonly DeadLetter[]): Promise<void> =>
    commitAll(subject.store, ...letters.map((letter) => ({ op: 'dead-letter', letter }) as const));
  const idsOf = async (
    request: Omit<Parameters<typeof subject.store.deadLetters>[0], 'pipelineId'>,
  ): Promise<readonly string[]> =>
    (await subject.store.deadLetters({ pipelineId: 'orders', ...request })).map((letter) => letter.id);

  describe('S9 dead letters', () => {
    it('are kept whole', async () => {
      const { wireId: _, ...throughPush } = aDeadLetter('through push');
      const letters = [
        aDeadLetter('whole', { message: aMessage('m', { payload: { text: 'x'.repeat(100_000) } }) }),
        throughPush,
      ];
      await giveUp(...letters);
      expect(await subject.store.deadLetters({ pipelineId: 'orders', limit: 10 })).toStrictEqual(letters.toReversed());
    });

    it('are listed newest first, page by page', async () => {
      await giveUp(aDeadLetter('d1'), aDeadLetter('d2'));
      await giveUp(aDeadLetter('d3'));
      await giveUp(aDeadLetter('d4'), aDeadLetter('d5'));
      expect(await idsOf({ limit: 2 })).toEqual(['d5', 'd4']);
      expect(await idsOf({ limit: 2, before: 'd4' })).toEqual(['d3', 'd2']);
      expect(await idsOf({ limit: 2, before: 'd2' })).toEqual(['d1']);
      expect(await idsOf({ limit: 2, before: 'd1' })).toEqual([]);
      expect(await idsOf({ limit: 2, before: 'never' })).toEqual([]);
    });

    it('are listed by node', async () => {
      await giveUp(
        ...['d1', 'd2', 'd3', 'd4', 'd5'].map((id, index) =>
          aDeadLetter(id, { nodeId: index % 2 === 0 ? 'ship' : 'bill' }),
        ),
      );
      expect(await idsOf({ limit: 2, nodeId: 'ship' })).toEqual(['d5', 'd3']);
      expect(await idsOf({ limit: 2, nodeId: 'ship', before: 'd3' })).toEqual(['d1']);
      expect(await idsOf({ limit: 2, nodeId: 'bill' })).toEqual(['d4', 'd2']);
      expect(await idsOf({ limit: 2, nodeId: 'never' })).toEqual([]);
    });

    it('are counted by node', async () => {
      await giveUp(aDeadLetter('d1'), aDeadLetter('d2', { nodeId: 'bill' }), aDeadLetter('d3'));
      await giveUp(aDeadLetter('d4', { pipelineId: 'returns' }));
      expect(await subject.store.deadLetterCounts('orders')).toEqual({ ship: 2, bill: 1 });
      expect(await subject.store.deadLetterCounts('returns')).toEqual({ ship: 1 });
      expect(await subject.store.deadLetterCounts('never')).toEqual({});
    });

    it('belong to their pipeline', async () => {
      await giveUp(aDeadLetter('same id'), aDeadLetter('same id', { pipelineId: 'orders2', attempts: 3 }));
      expect(await subject.store.deadLetters({ pipelineId: 'orders', limit: 10 })).toEqual([aDeadLetter('same id')]);
      expect(await subject.store.deadLetters({ pipelineId: 'orders2', limit: 10 })).toMatchObject([{ attempts: 3 }]);
    });

    it('given up by several at once under one id are one', async () => {
      await Promise.all(
        [1, 2, 3].map((attempts) => giveUp(aDeadLetter('d1', { attempts }), aDeadLetter(`other ${attempts}`))),
      );
      expect(await idsOf({ limit: 10 })).toEqual(['other 3', 'd1', 'other 2', 'other 1']);
      expect(await subject.store.deadLetterCounts('orders')).toEqual({ ship: 4 });
    });

    it('given up again under one id are one, the newest', async () => {
      await giveUp(aDeadLetter('d2'), aDeadLetter('d1', { attempts: 3 }));
      await giveUp(aDeadLetter('d1', { attempts: 5, nodeId: 'bill' }));
      expect(await subject.store.deadLetters({ pipelineId: 'orders', limit: 10 })).toMatchObject([
        { id: 'd1', attempts: 5 },
        { id: 'd2' },
      ]);
      expect(await subject.store.deadLetterCounts('orders')).toEqual({ ship: 1, bill: 1 });
      expect(await idsOf({ limit: 1, nodeId: 'ship' })).toEqual(['d2']);
      expect(await idsOf({ limit: 1, nodeId: 'bill' })).toEqual(['d1']);
    });
  });
}
