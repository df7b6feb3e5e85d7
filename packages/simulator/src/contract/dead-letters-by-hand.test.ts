import type { DeadLetter } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { brokenTarget, lettersOf, sendAll, withLetters } from '../testing/dead-letters.ts';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';

const pipelineId = 'simulated';

describe('O5 O6 letters in the hands of people', () => {
  it('an edited letter carries what was written, keeps its reason, and is delivered so', async () => {
    const { world, target } = await withLetters(2);
    const [letter] = await lettersOf(world);
    const edit = {
      pipelineId,
      letterId: letter?.id ?? '',
      payload: { id: 'm1', fixed: true },
      headers: { 'x-by': 'me' },
    };
    const edited = await world.during(world.engine.editDeadLetter(edit));
    const { message, ...about } = letter ?? ({} as DeadLetter);
    expect(edited).toEqual({
      ok: true,
      letter: {
        ...about,
        message: { ...message, payload: edit.payload, headers: edit.headers },
        editedAt: world.clock.now(),
      },
    });
    expect(await world.engine.deadLetter({ pipelineId, letterId: edit.letterId })).toEqual(edited.ok && edited.letter);
    expect((await world.engine.deadLetterGroups({ pipelineId }))[0]?.messages).toBe(2);
    target.repair();
    await world.during(world.engine.redriveDeadLetter({ pipelineId, letterId: edit.letterId }));
    await world.clock.run(10_000);
    expect(target.effects.map(({ body, id }) => [body, id])).toEqual([[edit.payload, message.id]]);
  });

  it('a letter that goes while it is edited is not made again', async () => {
    let taken: string | undefined;
    const world = await running(aPipeline('in -pull-> call'), {
      target: brokenTarget(),
      watch: (store) =>
        overriding(store, {
          async deadLetter(of, letterId) {
            const letter = await store.deadLetter(of, letterId);
            if (letterId === taken) await store.commit([{ op: 'take-letter', pipelineId: of, letterId }]);
            return letter;
          },
        }),
    });
    await sendAll(world, 1);
    await world.clock.run(10_000);
    taken = (await lettersOf(world))[0]?.id ?? '';
    const address = { pipelineId, letterId: taken };
    expect(await world.during(world.engine.editDeadLetter({ ...address, key: 'new' }))).toEqual({
      ok: false,
      reason: 'letter-gone',
    });
    expect(await lettersOf(world)).toEqual([]);
    expect(await world.during(world.engine.discardDeadLetter(address))).toBe(false);
    expect(await world.engine.discarded(pipelineId)).toEqual({ byHand: 0, byAge: 0, purged: 0 });
  });

  it('what is thrown away is counted for ever', async () => {
    const { world } = await withLetters(5);
    const [newest] = await lettersOf(world);
    expect(await world.during(world.engine.discardDeadLetter({ pipelineId, letterId: newest?.id ?? '' }))).toBe(true);
    const others = world.engine.discardDeadLetters({ pipelineId, nodeId: 'call', until: (newest?.deadAt ?? 0) + 1 });
    expect(await world.during(others)).toEqual({ discarded: 4, hasMore: false });
    expect(await world.during(world.engine.discardDeadLetters({ pipelineId }))).toEqual({
      discarded: 0,
      hasMore: false,
    });
    await world.during(world.engine.pause(pipelineId));
    const message = { id: 'x', key: '', payload: {}, headers: {}, correlationId: 'x', eventTime: 0, enqueuedAt: 0 };
    await world.store.commit([{ op: 'append', queue: 'simulated/w1', message, limit: { messages: 9, bytes: 99_999 } }]);
    expect(await world.during(world.engine.purge({ pipelineId, wireId: 'w1' }))).toBe(1);
    world.crash();
    await world.during(world.restart());
    expect(await world.engine.discarded(pipelineId)).toEqual({ byHand: 5, byAge: 0, purged: 1 });
  });
});
