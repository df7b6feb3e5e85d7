import { describe, expect, it } from 'vitest';
import { CAUSE_OTHER, CAUSES_MAX, type DeadLetter, type DeadLetterFilter } from '../../ports/message-store.ts';
import { aDeadLetter, commitAll, giveUp, takeLetter } from './builders.ts';
import type { Subject } from './subject.ts';

const LETTERS: readonly DeadLetter[] = [
  aDeadLetter('d1', { cause: 'timeout', deadAt: 1_000 }),
  aDeadLetter('d2', { cause: 'timeout', deadAt: 2_000, nodeId: 'bill', wireId: 'w2' }),
  aDeadLetter('d3', { cause: 'answered 4#', deadAt: 3_000, reason: 'permanent' }),
  aDeadLetter('d4', { cause: 'timeout', deadAt: 4_000, wireId: 'w9' }),
  aDeadLetter('d5', { cause: 'timeout', deadAt: 5_000, reason: 'too-old' }),
];

export function describeLettersByCause(subject: Subject): void {
  const idsOf = async (
    filter: Omit<DeadLetterFilter, 'pipelineId'>,
    limit = 10,
    before?: string,
  ): Promise<readonly string[]> =>
    (
      await subject.store.deadLetters({
        pipelineId: 'orders',
        ...filter,
        limit,
        ...(before === undefined ? {} : { before }),
      })
    ).map(({ id }) => id);

  describe('S9 dead letters', () => {
    it.each([
      [{ nodeId: 'ship' }, ['d5', 'd4', 'd3', 'd1']],
      [{ wireId: 'w1' }, ['d5', 'd3', 'd1']],
      [{ reason: 'attempts-exhausted' }, ['d4', 'd2', 'd1']],
      [{ cause: 'timeout' }, ['d5', 'd4', 'd2', 'd1']],
      [{ since: 3_000 }, ['d5', 'd4', 'd3']],
      [{ until: 3_000 }, ['d2', 'd1']],
      [{ since: 2_000, until: 5_000, cause: 'timeout' }, ['d4', 'd2']],
      [{ nodeId: 'ship', reason: 'attempts-exhausted', cause: 'timeout' }, ['d4', 'd1']],
      [{ nodeId: 'ship', reason: 'attempts-exhausted', cause: 'timeout', wireId: 'w9' }, ['d4']],
      [{ nodeId: 'ship', cause: 'never' }, []],
    ] as const)('are found by %j, newest first', async (filter, expected) => {
      await commitAll(subject.store, ...LETTERS.map((letter) => giveUp(letter)));
      expect(await idsOf(filter)).toEqual(expected);
      expect(await idsOf(filter, 1)).toEqual(expected.slice(0, 1));
      const [first] = expected;
      if (first !== undefined) expect(await idsOf(filter, 10, first)).toEqual(expected.slice(1));
    });

    it('that are few among many others are found', async () => {
      const { store } = subject;
      const many = Array.from({ length: 1_200 }, (_, number) =>
        aDeadLetter(`d${number}`, { cause: number % 500 === 0 ? 'rare' : 'common' }),
      );
      for (let first = 0; first < many.length; first += 400)
        await commitAll(store, ...many.slice(first, first + 400).map((letter) => giveUp(letter)));
      expect(await idsOf({ cause: 'rare' })).toEqual(['d1000', 'd500', 'd0']);
      expect(await idsOf({ cause: 'rare' }, 1, 'd1000')).toEqual(['d500']);
      expect(await idsOf({ nodeId: 'ship', cause: 'rare' }, 2)).toEqual(['d1000', 'd500']);
      expect(await idsOf({ nodeId: 'ship', reason: 'attempts-exhausted', cause: 'rare' })).toEqual([
        'd1000',
        'd500',
        'd0',
      ]);
    });

    it('are counted by node, reason and cause, most messages first', async () => {
      const { store } = subject;
      await commitAll(store, ...LETTERS.map((letter) => giveUp(letter)));
      await commitAll(store, giveUp(aDeadLetter('elsewhere', { pipelineId: 'returns' })));
      const groups = await store.deadLetterGroups('orders');
      expect(groups[0]).toEqual({
        nodeId: 'ship',
        reason: 'attempts-exhausted',
        cause: 'timeout',
        messages: 2,
        firstAt: 1_000,
        lastAt: 4_000,
      });
      expect(groups.slice(1).toSorted((a, b) => a.firstAt - b.firstAt)).toEqual([
        { nodeId: 'bill', reason: 'attempts-exhausted', cause: 'timeout', messages: 1, firstAt: 2_000, lastAt: 2_000 },
        { nodeId: 'ship', reason: 'permanent', cause: 'answered 4#', messages: 1, firstAt: 3_000, lastAt: 3_000 },
        { nodeId: 'ship', reason: 'too-old', cause: 'timeout', messages: 1, firstAt: 5_000, lastAt: 5_000 },
      ]);
      expect(await store.deadLetterGroups('never')).toEqual([]);
    });

    it('leave their group when they are taken or replaced, and an empty group is gone', async () => {
      const { store } = subject;
      await commitAll(store, ...LETTERS.map((letter) => giveUp(letter)));
      await commitAll(store, takeLetter('d3'), takeLetter('d4'));
      await commitAll(store, giveUp(aDeadLetter('d5', { cause: 'timeout', deadAt: 6_000 })));
      const groups = await store.deadLetterGroups('orders');
      expect(groups.map(({ nodeId, reason, cause, messages }) => [nodeId, reason, cause, messages])).toEqual([
        ['ship', 'attempts-exhausted', 'timeout', 2],
        ['bill', 'attempts-exhausted', 'timeout', 1],
      ]);
      expect(await idsOf({ nodeId: 'ship', reason: 'attempts-exhausted', cause: 'timeout' })).toEqual(['d5', 'd1']);
      expect(await idsOf({ nodeId: 'ship', reason: 'too-old', cause: 'timeout' })).toEqual([]);
    });

    it(`of more than ${CAUSES_MAX} causes are kept under the cause ${CAUSE_OTHER}`, async () => {
      const { store } = subject;
      const cause = (number: number): string => `cause ${number}`;
      const many = Array.from({ length: CAUSES_MAX }, (_, number) =>
        aDeadLetter(`d${number}`, { cause: cause(number) }),
      );
      for (let first = 0; first < many.length; first += 250)
        await commitAll(store, ...many.slice(first, first + 250).map((letter) => giveUp(letter)));
      await commitAll(
        store,
        giveUp(aDeadLetter('beyond 1', { cause: 'one more' })),
        giveUp(aDeadLetter('beyond 2', { cause: 'and another' })),
        giveUp(aDeadLetter('known', { cause: cause(7) })),
      );
      const groups = await store.deadLetterGroups('orders');
      expect(groups).toHaveLength(CAUSES_MAX + 1);
      expect(
        groups
          .filter(({ messages }) => messages === 2)
          .map((group) => group.cause)
          .toSorted(),
      ).toEqual([cause(7), CAUSE_OTHER]);
      expect(await store.deadLetter('orders', 'beyond 1')).toEqual(aDeadLetter('beyond 1', { cause: CAUSE_OTHER }));
      expect(await idsOf({ cause: CAUSE_OTHER })).toEqual(['beyond 2', 'beyond 1']);
      expect(await idsOf({ cause: 'one more' })).toEqual([]);
      await commitAll(store, takeLetter('beyond 1'), takeLetter('beyond 2'), takeLetter('d3'));
      await commitAll(store, giveUp(aDeadLetter('now there is room', { cause: 'one more' })));
      expect((await store.deadLetterGroups('orders')).filter(({ cause: name }) => name === CAUSE_OTHER)).toEqual([]);
      expect(await idsOf({ cause: 'one more' })).toEqual(['now there is room']);
    });
  });
}

export function describeLettersByCauseAfterRestart(subject: Subject): void {
  it.each(['close', 'crash'] as const)('S9 dead letters are counted on after a %s', async (how) => {
    await commitAll(subject.store, ...LETTERS.map((letter) => giveUp(letter)));
    await commitAll(subject.store, takeLetter('d1'));
    const [groups, usage] = [
      await subject.store.deadLetterGroups('orders'),
      await subject.store.deadLetterUsage('orders'),
    ];
    await subject.restart(how);
    const { store } = subject;
    expect(await store.deadLetterGroups('orders')).toEqual(groups);
    expect(await store.deadLetterUsage('orders')).toEqual(usage);
    expect(await store.deadLetter('orders', 'd4')).toEqual(LETTERS[3]);
    await commitAll(store, ...['d2', 'd3', 'd4', 'd5'].map((id) => takeLetter(id)));
    expect(await store.deadLetterGroups('orders')).toEqual([]);
    expect(await store.deadLetterUsage('orders')).toEqual({ messages: 0, bytes: 0 });
  });
}
