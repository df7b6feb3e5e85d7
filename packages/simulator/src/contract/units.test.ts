import type { StoreOperation } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const OFTEN = { work: { retry: { attempts: 1_000, base: '1s', cap: '1s' } } };

describe('U1 U2 a unit is stored as a whole or not at all', () => {
  for (const [name, beginning, own] of [
    ['a leased message', 'in -pull->', 'ack'],
    ['a webhook request', 'in -push->', 'remember'],
    ['a poll', 'tick -push->', 'cursor'],
  ] as const) {
    it(`from ${name} through push wires to the durable wire behind`, async () => {
      let isBroken = true;
      const commits: (readonly StoreOperation[])[] = [];
      const world = await running(
        aPipeline(`${beginning} pass -push-> call\npass -pull-> call:other`, {
          tick: { config: { limit: 1 }, ...OFTEN },
          pass: OFTEN,
          call: { work: { breaker: { minimumCalls: 1_000 } } },
          other: { config: { url: 'http://other' } },
        }),
        {
          target: scriptedTarget(({ url }) => (isBroken && url === 'http://target' ? { status: 500 } : {})),
          watch: (store) =>
            overriding(store, {
              commit: (operations) => {
                commits.push(operations);
                return store.commit(operations);
              },
            }),
        },
      );
      const storing = () =>
        commits.filter((each) => each.some((one) => one.op === 'append' && one.queue.endsWith('/w3')));
      const send = async (): Promise<void> => {
        if (beginning.startsWith('in')) await world.during(world.send({ id: 'm' }));
      };
      await send();
      await world.clock.run(5_000);
      expect(world.target.calls.length).toBeGreaterThan(0);
      expect(storing()).toEqual([]);
      isBroken = false;
      // Who sent it to a webhook over push wires alone was told that it failed, and sends it again.
      if (own === 'remember') await send();
      await world.clock.run(5_000);
      expect(storing()).toHaveLength(1);
      expect(storing()[0]?.map(({ op }) => op)).toContain(own);
      expect(world.target.effects.map(({ url }) => url)).toEqual(['http://target', 'http://other']);
    });
  }
});

describe('U6 a commit for which there is no room', () => {
  it('that is large, on a wire below its low water, lets the feed rest for a second and leaves the wire open', async () => {
    const world = await running(
      aPipeline('in -pull-> split -pull-> call', {
        split: { config: { parts: 7 } },
        w2: { queue: { capacity: 10, lowWater: 0.8 } },
        call: { work: { workers: 1 } },
      }),
      { target: scriptedTarget(() => ({ afterMs: 2_000 })) },
    );
    for (const id of ['a', 'b']) await world.during(world.send({ id }));
    for (let second = 0; second < 6; second += 1) {
      await world.clock.run(1_000);
      expect((await world.engine.figures('simulated'))?.wires['w2']?.state).toBe('open');
    }
    const refused = world.trace.filter(({ kind }) => kind === 'full').map(({ at }) => at);
    expect(refused.length).toBeGreaterThan(2);
    for (const [index, at] of refused.slice(1).entries())
      expect(at - (refused[index] ?? 0)).toBeGreaterThanOrEqual(1_000);
    await world.clock.run(60_000);
    expect(world.target.effects).toHaveLength(14);
    expect(new Set(world.trace.flatMap(({ attempt }) => attempt ?? []))).toEqual(new Set([1]));
  });
});
