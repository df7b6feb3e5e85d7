import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

type Figures = { readonly busy: number; readonly workers: number; readonly workersMax: number };

async function figures(world: Awaited<ReturnType<typeof running>>, node = 'call'): Promise<Figures> {
  const found = (await world.engine.figures('simulated'))?.nodes[node];
  if (found === undefined) throw new Error(`There is no node ${node}`);
  return found;
}

const document = (delivery: string, more: object = {}) =>
  aPipeline(`in -${delivery}-> call`, {
    call: { work: { workers: { min: 2, max: 12, depth: 3, age: '5s' }, ...more } },
    w1: { log: { partitions: 8 } },
  });

describe('F5 workers that follow the backlog', () => {
  it('grow under load up to the maximum, and go again one by one when there is nothing to do', async () => {
    const world = await running(document('pull'), { target: scriptedTarget(() => ({ afterMs: 2_000 })) });
    expect(await figures(world)).toMatchObject({ workers: 2, workersMax: 12 });
    for (let n = 0; n < 200; n += 1) await world.during(world.send({ n }));
    const seen: number[] = [];
    for (let second = 0; second < 8; second += 1) {
      await world.clock.run(1_000);
      seen.push((await figures(world)).workers);
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(12);
    expect(world.target.underWay()).toBe(12);
    expect((await world.engine.figures('simulated'))?.verdict.text).toContain('12 of 12 workers busy');
    await world.clock.run(60_000);
    expect(world.target.effects).toHaveLength(200);
    const { workers } = await figures(world);
    expect(workers).toBeLessThan(12);
    await world.clock.run(120_000);
    expect((await figures(world)).workers).toBe(2);
  });

  it('grow by the age of the oldest too, and say how far they may grow', async () => {
    const world = await running(document('pull'), { target: scriptedTarget(() => ({ afterMs: 20_000 })) });
    for (let n = 0; n < 4; n += 1) await world.during(world.send({ n }));
    await world.clock.run(4_500);
    expect(await figures(world)).toMatchObject({ workers: 2, busy: 2 });
    expect((await world.engine.figures('simulated'))?.verdict.text).toContain('2 of 2 workers busy (12 at most)');
    await world.clock.run(3_000);
    expect(await figures(world)).toMatchObject({ workers: 4, busy: 4 });
  });

  it('follow the lag of a group as well', async () => {
    const world = await running(document('event'), { target: scriptedTarget(() => ({ afterMs: 1_000 })) });
    for (let n = 0; n < 80; n += 1) await world.during(world.send({ n, key: `k${n}` }));
    await world.clock.run(8_000);
    // No more than there are partitions have something to do.
    expect((await figures(world)).workers).toBeGreaterThanOrEqual(8);
    expect(world.target.most()).toBe(8);
  });

  it('do not grow while a rate limit keeps them from working', async () => {
    const world = await running(document('pull', { rateLimit: '1/s' }), {
      target: scriptedTarget(() => ({ afterMs: 10 })),
    });
    for (let n = 0; n < 100; n += 1) await world.during(world.send({ n }));
    await world.clock.run(30_000);
    expect((await figures(world)).workers).toBe(2);
  });

  it('C4 never work on more than the wires further on have room for', async () => {
    const world = await running(
      aPipeline('in -pull-> call-on -pull-> call', {
        'call-on': { work: { workers: { min: 1, max: 50, depth: 1 } } },
        w2: { queue: { capacity: 5 } },
        call: { work: { workers: 1, timeout: '10m' } },
      }),
      { target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://target' ? 500 : 1 })) },
    );
    for (let n = 0; n < 100; n += 1) await world.during(world.send({ n }));
    for (let second = 0; second < 60; second += 1) {
      await world.clock.run(1_000);
      expect((await world.store.backlog({ queue: 'simulated/w2' })).messages).toBeLessThanOrEqual(5);
    }
  });

  it('keep their number over a new version, as far as it allows', async () => {
    const world = await running(document('pull'), { target: scriptedTarget(() => ({ afterMs: 1_000 })) });
    for (let n = 0; n < 200; n += 1) await world.during(world.send({ n }));
    await world.clock.run(8_000);
    expect((await figures(world)).workers).toBe(12);
    const fewer = aPipeline('in -pull-> call', { call: { work: { workers: { min: 2, max: 5, depth: 3 } } } });
    await world.during(world.deploy({ version: 2, document: fewer }));
    expect(await figures(world)).toMatchObject({ workersMax: 5 });
    await world.clock.run(3_000);
    expect((await figures(world)).workers).toBeLessThanOrEqual(5);
  });
});
