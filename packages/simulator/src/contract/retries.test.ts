import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget, type ScriptedTarget } from '../testing/scripted-target.ts';

const lettersOf = (world: Awaited<ReturnType<typeof running>>) =>
  world.store.deadLetters({ pipelineId: 'simulated', limit: 100 });

const gapsOf = ({ calls }: ScriptedTarget): readonly number[] =>
  calls.slice(1).map((call, index) => call.at - (calls[index]?.at ?? 0));

describe('C6 the waits between the tries', () => {
  for (const delivery of ['pull', 'event'] as const) {
    const failing = async (retry: object, runMs: number) => {
      const world = await running(aPipeline(`in -${delivery}-> call`, { call: { work: { retry } } }), {
        target: scriptedTarget(() => ({ status: 500 })),
      });
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(runMs);
      return world;
    };

    it(`are the base each time where backoff is constant, ${delivery}`, async () => {
      const world = await failing({ backoff: 'constant', base: '10s', attempts: 5 }, 120_000);
      const gaps = gapsOf(world.target);
      expect(gaps).toHaveLength(4);
      for (const gap of gaps) expect(gap >= 10_000 && gap <= 11_010).toBe(true);
      expect(await lettersOf(world)).toMatchObject([{ reason: 'attempts-exhausted', attempts: 5 }]);
    });

    it(`follow the schedule, whose last wait repeats, ${delivery}`, async () => {
      const world = await failing({ schedule: ['5s', '5m', '30m'], attempts: 6 }, 3 * 3_600_000);
      const gaps = gapsOf(world.target);
      const written = [5_000, 300_000, 1_800_000, 1_800_000, 1_800_000];
      expect(gaps).toHaveLength(written.length);
      for (const [index, gap] of gaps.entries()) {
        const waitMs = written[index] ?? 0;
        expect(gap >= waitMs && gap <= waitMs * 1.1 + 10).toBe(true);
      }
    });

    it(`of a schedule end in dead letter after the last, ${delivery}`, async () => {
      const world = await failing({ schedule: ['1s', '2s'] }, 60_000);
      expect(await lettersOf(world)).toMatchObject([{ reason: 'attempts-exhausted', attempts: 3 }]);
    });
  }
});

describe('C6 rules say what is to become of a failure', () => {
  const rules = [
    { status: ['409'], action: 'give-up' },
    { status: ['404'], action: 'retry', after: '30s' },
    { code: ['target-unreachable'], action: 'give-up' },
    { status: ['5xx'], action: 'give-up' },
  ];
  const withRules = (drawing: string, owner: string) => aPipeline(drawing, { [owner]: { work: { retry: { rules } } } });

  for (const delivery of ['pull', 'event'] as const) {
    it(`C8 and the first that fits decides, ${delivery}`, async () => {
      const statuses: Record<string, number> = { conflict: 409, missing: 404, away: 0, broken: 503, busy: 429 };
      const world = await running(withRules(`in -${delivery}-> call`, 'call'), {
        target: scriptedTarget(({ body, nth }) => (nth === 1 ? { status: statuses[body.id] ?? 200 } : {})),
      });
      for (const id of Object.keys(statuses)) await world.during(world.send({ id, key: id }));
      await world.clock.run(20_000);
      expect(world.target.effects.map(({ body }) => body.id)).toEqual(['busy']);
      await world.clock.run(60_000);
      // 404 is permanent of itself; here it is tried again, when the rule says.
      const missing = world.target.calls.filter(({ body }) => body.id === 'missing').map(({ at }) => at);
      expect((missing[1] ?? 0) - (missing[0] ?? 0)).toBeGreaterThanOrEqual(30_000);
      expect(world.target.effects.map(({ body }) => body.id)).toEqual(['busy', 'missing']);
      const letters = await lettersOf(world);
      expect(new Map(letters.map(({ message, reason }) => [(message.payload as { id: string }).id, reason]))).toEqual(
        new Map([
          ['away', 'permanent'],
          ['broken', 'permanent'],
          ['conflict', 'permanent'],
        ]),
      );
    });
  }

  it('of a node called by push hold for the wire that redelivers', async () => {
    const world = await running(withRules('in -pull-> pass -push-> call', 'call'), {
      target: scriptedTarget(() => ({ status: 409 })),
    });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(60_000);
    expect(world.target.calls).toHaveLength(1);
    expect(await lettersOf(world)).toMatchObject([{ reason: 'permanent', nodeId: 'call', wireId: 'w1' }]);
  });

  it('of the node whose wire redelivers hold where the called one has none', async () => {
    const world = await running(withRules('in -pull-> pass -push-> call', 'pass'), {
      target: scriptedTarget(() => ({ status: 503 })),
    });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(60_000);
    expect(world.target.calls).toHaveLength(1);
    expect(await lettersOf(world)).toMatchObject([{ reason: 'permanent', nodeId: 'call' }]);
  });

  it('of a poller hold for what its push chain fails on', async () => {
    const world = await running(
      aPipeline('tick -push-> call', {
        tick: { config: { limit: 1 }, work: { retry: { rules: [{ status: ['503'], action: 'give-up' }] } } },
      }),
      { target: scriptedTarget(() => ({ status: 503 })) },
    );
    await world.clock.run(60_000);
    expect(world.target.calls).toHaveLength(1);
    expect(await lettersOf(world)).toMatchObject([{ reason: 'permanent', nodeId: 'call' }]);
  });
});
