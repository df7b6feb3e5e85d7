import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

describe('C5 a feed that finds nothing', () => {
  it('does not take the room of a small wire from callers while it looks', async () => {
    const world = await running(
      aPipeline('in -push-> pass -pull-> call\ntick -pull-> pass', {
        w2: { queue: { capacity: 2 } },
        tick: { config: { limit: 0 } },
      }),
      {
        target: scriptedTarget(() => ({ afterMs: 1 })),
        disk: { commitMs: [1, 1], answerMs: [1, 1], leaseMs: [5, 5] },
      },
    );
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < 1_000; n += 1) {
      answers.push(world.send({ id: `m${n}` }));
      await world.clock.run(17);
    }
    // Each is long gone when the next one comes.
    const refused = (await world.during(Promise.all(answers))).filter(
      (answer) => !(answer as { readonly ok: boolean }).ok,
    );
    expect(refused).toEqual([]);
  });

  it('never has more in hand than there is room for, whoever comes first', async () => {
    const world = await running(
      aPipeline('in:a -push-> pass -pull-> call\nin:b -pull-> pass', {
        a: { config: { path: 'a' } },
        b: { config: { path: 'b' } },
        w2: { queue: { capacity: 3 } },
        call: { work: { workers: 1 } },
      }),
      {
        target: scriptedTarget(() => ({ afterMs: 10 })),
        disk: { commitMs: [1, 3], answerMs: [1, 1], leaseMs: [5, 5] },
      },
    );
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < 300; n += 1) {
      answers.push(world.send({ id: `a${n}` }, { path: 'a' }), world.send({ id: `b${n}` }, { path: 'b' }));
      await world.clock.run(7);
      expect((await world.store.backlog({ queue: 'simulated/w2' })).messages).toBeLessThanOrEqual(3);
    }
    const told = (await world.during(Promise.all(answers))) as readonly { readonly ok: boolean }[];
    await world.clock.run(60_000);
    expect(world.target.effects).toHaveLength(told.filter(({ ok }) => ok).length);
    // Work is not begun whose outcome finds no room.
    expect(world.trace.filter(({ kind }) => kind === 'full').length).toBeLessThan(5);
  });
});
