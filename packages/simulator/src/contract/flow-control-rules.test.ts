import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { watchingNode } from '../testing/watching-node.ts';

type World = Awaited<ReturnType<typeof running>>;

/** `in -pull-> pass`, the verbs at `pass`; what was worked on, by number, a batch as the list of its members. */
async function aWorld(work: object, queue: object = {}) {
  const at: { world?: World } = {};
  const node = watchingNode(
    () => {
      if (at.world === undefined) throw new Error('There is no world yet');
      return at.world.clock;
    },
    () => 10,
  );
  const world = await running(aPipeline('in -pull-> pass', { pass: { work }, w1: { queue } }), {
    behaviours: node.behaviours,
  });
  at.world = world;
  const sendAll = async (payloads: readonly object[]): Promise<void> => {
    for (const [n, payload] of payloads.entries()) await world.during(world.send({ n, ...payload }));
  };
  const worked = () =>
    node.works.map(({ payload }) =>
      Array.isArray(payload)
        ? payload.map(({ n }: { readonly n: number }) => n)
        : (payload as { readonly n: number }).n,
    );
  return { world, sendAll, worked };
}

describe('V3 a message that waits at the front of a FIFO group', () => {
  it('holds up its group until its time, and no other group', async () => {
    const { world, sendAll, worked } = await aWorld(
      { workers: 4, throttle: { limit: 1, period: '10s', key: 'who' } },
      { orderBy: 'key' },
    );
    await sendAll([
      { key: 'k', who: 'a' },
      { key: 'k', who: 'a' },
      { key: 'k', who: 'b' },
      { key: 'l', who: 'c' },
    ]);
    await world.clock.run(5_000);
    expect(worked()).toEqual([0, 3]);
    await world.clock.run(10_000);
    expect(worked()).toEqual([0, 3, 1, 2]);
  });
});

describe('V6 messages without a value at the path', () => {
  it('count together for a throttle', async () => {
    const { world, sendAll, worked } = await aWorld({
      workers: 4,
      throttle: { limit: 2, period: '10s', key: 'who' },
    });
    await sendAll([{}, {}, {}, { who: 'a' }]);
    await world.clock.run(5_000);
    expect(worked()).toEqual([0, 1, 3]);
    await world.clock.run(10_000);
    expect(worked()).toEqual([0, 1, 3, 2]);
  });

  it('are put together into a batch', async () => {
    const { world, sendAll, worked } = await aWorld({ workers: 1, batch: { size: 3, wait: '1s', key: 'who' } });
    await sendAll([{}, { who: 'a' }, {}, { who: 'b' }, {}]);
    await world.clock.run(5_000);
    expect(worked()).toEqual([[0, 2, 4], [1], [3]]);
  });
});
