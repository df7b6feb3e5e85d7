import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const stuck = () => scriptedTarget(() => ({ status: 500 }));
const patient = { call: { work: { retry: { attempts: 2, base: '1h', cap: '1h' } } } };
const payloads = (peeked: readonly { readonly message: { readonly payload: unknown } }[] | undefined) =>
  peeked?.map(({ message }) => message.payload);

describe('a pipeline that is not running', () => {
  for (const delivery of ['pull', 'event'] as const) {
    it(`is looked into and emptied by what the store holds, ${delivery}`, async () => {
      const world = await running(aPipeline(`in -${delivery}-> call`, patient), { target: stuck() });
      for (let n = 0; n < 3; n += 1) await world.during(world.send({ n }));
      await world.clock.run(1_000);
      await world.during(world.engine.stop('simulated'));
      const at = { pipelineId: 'simulated', wireId: 'w1' };
      expect(payloads(await world.engine.peek({ ...at, limit: 9 }))).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
      expect(await world.engine.peek({ ...at, wireId: 'w2', limit: 9 })).toEqual([]);
      expect(await world.engine.purge(at)).toBe(delivery === 'pull' ? 3 : undefined);
      expect(await world.engine.purge({ ...at, wireId: 'w2' })).toBe(0);
    });
  }

  it('is forgotten as a whole, and only when it is not running', async () => {
    const world = await running(
      aPipeline('tick -pull-> pass -event-> call', { ...patient, tick: { config: { limit: 5 } } }),
      {
        target: stuck(),
      },
    );
    await world.clock.run(10_800_000);
    await world.during(world.send({ n: 1 }));
    expect(await world.engine.forget('simulated')).toBeUndefined();
    await world.during(world.engine.stop('simulated'));
    expect(await world.store.cursor('simulated/tick')).toBe(5);
    expect(await world.engine.forget('simulated')).toEqual({ messages: 0, deadLetters: 5 });
    expect(await world.store.groups('')).toEqual([]);
    expect(await world.store.deadLetterCounts('simulated')).toEqual({});
    expect(await world.store.cursor('simulated/tick')).toBeUndefined();
    expect(await world.store.cursor('simulated/.versions')).toBeUndefined();
    expect(await world.engine.forget('simulated')).toEqual({ messages: 0, deadLetters: 0 });
  });
});

describe('what fails beside the work', () => {
  it('a listener for notices that throws fails nothing but itself', async () => {
    const world = await running(aPipeline('in -pull-> call', { w1: { queue: { capacity: 2 } }, ...patient }), {
      target: stuck(),
    });
    let calls = 0;
    world.engine.onNotice(() => {
      calls += 1;
      throw new Error('no ears');
    });
    for (let n = 0; n < 3; n += 1) await world.during(world.send({ n }));
    await world.clock.run(10_800_000);
    expect(calls).toBeGreaterThan(0);
    expect(world.failures).toEqual([]);
    expect(world.notices.map(({ kind }) => kind)).toContain('dead-lettered');
    expect(await world.store.deadLetterCounts('simulated')).toEqual({ call: 2 });
  });

  it('a store that fails makes the pipeline failed, with the reason', async () => {
    let isBroken = false;
    const world = await running(aPipeline('in -pull-> call'), {
      watch: (store) =>
        overriding(store, {
          commit: (operations) => (isBroken ? Promise.reject(new Error('disk gone')) : store.commit(operations)),
        }),
    });
    isBroken = true;
    await expect(world.during(world.send({ n: 1 }))).rejects.toThrow('disk gone');
    expect(await world.engine.figures('simulated')).toMatchObject({
      state: 'failed',
      verdict: { kind: 'stopped', text: 'Failed: disk gone. A restart of the process recovers' },
      nodes: { call: { state: 'stopped' } },
    });
    expect(world.failures).toHaveLength(1);
  });
});
