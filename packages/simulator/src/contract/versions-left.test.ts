import { expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

/** Versions that may have left something behind. */
const MOST = 16;

const versionOf = (version: number) =>
  aPipeline('in -pull-> call', {
    w1: { id: `w${version}` },
    call: { work: { retry: { attempts: 1_000, base: '1s', cap: '1s' }, breaker: { minimumCalls: 10_000 } } },
  });

it('L5 of the versions that left something behind so many are remembered, and one more is refused until some is worked off', async () => {
  let isBroken = true;
  const world = await running(versionOf(1), { target: scriptedTarget(() => (isBroken ? { status: 500 } : {})) });
  const deploy = (version: number) =>
    world.during(world.deploy({ version, document: versionOf(version), removedWires: 'drain' }));
  for (let version = 1; version <= MOST + 1; version += 1) {
    if (version > 1) expect(await deploy(version)).toMatchObject({ ok: true });
    await world.during(world.send({ id: `m${version}` }));
  }
  const oneMore = MOST + 2;
  const refusal = await deploy(oneMore);
  expect(refusal).toMatchObject({ ok: false, reason: 'removed-wires-refused' });
  expect(JSON.stringify(refusal)).toContain(`${MOST} is the most. Wait until some are`);
  const refused = await world.engine.figures('simulated');
  expect([refused?.version, refused?.removedWires.length]).toEqual([MOST + 1, MOST]);

  isBroken = false;
  await world.clock.run(60_000);
  expect(await deploy(oneMore)).toMatchObject({ ok: true });
  expect(world.target.effects.map(({ body }) => String(body.id)).toSorted()).toEqual(
    Array.from({ length: MOST + 1 }, (_, index) => `m${index + 1}`).toSorted(),
  );
});
