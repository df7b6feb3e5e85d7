import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const slow = (afterMs: number) => scriptedTarget(() => ({ afterMs }));

describe('priority on a pull wire', () => {
  const document = aPipeline('in -pull-> call', {
    w1: { queue: { priority: 'order.urgency' } },
    call: { work: { workers: 1 } },
  });

  it('the highest is handed out first, within a priority in order of arrival', async () => {
    const world = await running(document, { target: slow(1_000) });
    await world.during(world.send({ id: 'first' }));
    await world.clock.run(10);
    const urgencies = [4, 'none', 0, 9, '7', 9];
    for (const [n, urgency] of urgencies.entries())
      await world.during(world.send({ id: `m${n}`, order: { urgency: urgency === 'none' ? null : urgency } }));
    await world.clock.run(60_000);
    expect(world.target.effects.map(({ body }) => body.id)).toEqual(['first', 'm3', 'm5', 'm4', 'm0', 'm1', 'm2']);
  });

  it('C11 none waits for ever behind more urgent ones', async () => {
    const world = await running(document, { target: slow(100) });
    await world.during(world.send({ id: 'patient', order: { urgency: 0 } }));
    let sent = 0;
    const sendMore = (): void => {
      sent += 1;
      void world.send({ id: `u${sent}`, order: { urgency: 9 } });
      world.clock.setTimer(90, sendMore);
    };
    sendMore();
    await world.clock.run(5_000);
    const place = world.target.effects.findIndex(({ body }) => body.id === 'patient');
    expect(place).toBeGreaterThanOrEqual(0);
    expect(place).toBeLessThanOrEqual(8);
  });

  it('holds after a crash', async () => {
    const world = await running(document, { target: slow(1_000) });
    for (let n = 0; n < 4; n += 1) await world.during(world.send({ id: `m${n}`, order: { urgency: n } }));
    await world.clock.run(10);
    world.crash();
    await world.during(world.restart());
    await world.clock.run(60_000);
    expect(world.target.effects.map(({ body }) => body.id).filter((id) => id !== 'm0')).toEqual(['m3', 'm2', 'm1']);
  });
});

describe('C5 low water', () => {
  for (const [lowWater, opensAt] of [
    [0.2, 2],
    [0.8, 8],
  ] as const) {
    it(`a full wire takes again at ${lowWater} of its capacity`, async () => {
      const world = await running(
        aPipeline('in -pull-> call', {
          w1: { queue: { capacity: 10, lowWater } },
          call: { work: { workers: 1 } },
        }),
        { target: slow(1_000) },
      );
      let taken = 0;
      for (let n = 0; n < 30; n += 1) if ((await world.during(world.send({ n })))?.ok === true) taken += 1;
      expect(taken).toBeGreaterThanOrEqual(10);
      const depthAtOpening = async (): Promise<number> => {
        for (let second = 0; second < 60; second += 1) {
          const figures = await world.engine.figures('simulated');
          const wire = figures?.wires['w1'];
          if (wire?.state === 'open') return wire.depth;
          await world.clock.run(250);
        }
        return -1;
      };
      expect(await depthAtOpening()).toBe(opensAt);
    });
  }
});
