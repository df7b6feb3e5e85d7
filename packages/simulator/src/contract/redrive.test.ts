import { describe, expect, it } from 'vitest';
import { bodyIds, brokenTarget, lettersOf, sendAll, withLetters } from '../testing/dead-letters.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const pipelineId = 'simulated';

describe('O1 O2 a letter that is redriven', () => {
  for (const drawing of [
    'in -pull-> call',
    'in -event-> call',
    'in -pull-> topic-out\ntopic-in -push-> call',
    'in -event-> pass -push-> call',
    'tick -push-> call',
    'tick -push-> pass -push-> call',
  ]) {
    it(`goes where it came from, under its id, with attempts begun anew: ${drawing.replace('\n', '; ')}`, async () => {
      const target = brokenTarget();
      const world = await running(aPipeline(drawing, { tick: { config: { limit: 1 } } }), { target });
      if (drawing.startsWith('in')) await sendAll(world, 1, () => ({ key: 'k' }));
      await world.clock.run(60_000);
      const [letter] = await lettersOf(world);
      expect(letter?.reason).toBe('permanent');
      target.repair();
      const address = { pipelineId, letterId: letter?.id ?? '' };
      const redriven = await world.during(world.engine.redriveDeadLetter(address));
      expect(redriven).toMatchObject({ ok: true, messageId: letter?.message.id });
      await world.clock.run(60_000);
      expect(target.effects).toHaveLength(1);
      expect(new Set(target.calls.map(({ id }) => id)).size).toBe(1);
      expect(await lettersOf(world)).toEqual([]);
      expect((await world.engine.figures(pipelineId))?.totals).toMatchObject({ depth: 0, deadLetters: 0 });
    });
  }

  it('is no news to the other groups of its log', async () => {
    const world = await running(
      aPipeline('in -event-> call\nin -event-> call:other', { other: { config: { url: 'http://other' } } }),
      { target: scriptedTarget(({ url }) => (url === 'http://other' ? {} : { status: 400 })) },
    );
    await sendAll(world, 1);
    await world.clock.run(10_000);
    const [letter] = await lettersOf(world);
    await world.during(world.engine.redriveDeadLetter({ pipelineId, letterId: letter?.id ?? '' }));
    await world.clock.run(10_000);
    expect(world.target.calls.map(({ url }) => url).toSorted()).toEqual([
      'http://other',
      'http://target',
      'http://target',
    ]);
    expect(await lettersOf(world)).toMatchObject([{ wireId: 'w1', attempts: 1 }]);
  });

  it('C11 comes after those of its key that were redriven before it, whatever workers are free', async () => {
    for (const [drawing, settings] of [
      ['in -event-> call', {}],
      ['in -pull-> call', { w1: { queue: { orderBy: 'key' } } }],
    ] as const) {
      const target = brokenTarget(100);
      const world = await running(aPipeline(drawing, { ...settings, call: { work: { workers: 8 } } }), { target });
      await sendAll(world, 12, (n) => ({ key: `k${n % 3}` }));
      await world.clock.run(60_000);
      target.repair();
      await world.during(world.engine.startRedrive({ filter: { pipelineId } }));
      await world.clock.run(60_000);
      for (const key of ['k0', 'k1', 'k2']) {
        const ofKey = target.effects.filter(({ body }) => body.key === key);
        expect(bodyIds(ofKey)).toEqual([0, 3, 6, 9].map((n) => `m${n + Number(key.slice(1))}`));
        for (const [index, { at }] of ofKey.slice(1).entries())
          expect(at).toBeGreaterThanOrEqual((ofKey[index]?.at ?? 0) + 100);
      }
      // The keys side by side.
      const [first, last] = [target.effects[0]?.at ?? 0, target.effects.at(-1)?.at ?? 0];
      expect(last - first).toBeLessThan(1_000);
    }
  });

  it('that dies again names its place again, so that it can be redriven again', async () => {
    const target = brokenTarget();
    const world = await running(aPipeline('tick -push-> call', { tick: { config: { limit: 1 } } }), { target });
    await world.clock.run(10_000);
    for (let time = 1; time <= 3; time += 1) {
      const [letter, ...others] = await lettersOf(world);
      expect(others).toEqual([]);
      expect(letter).toMatchObject({ nodeId: 'call', entry: { nodeId: 'tick', port: 'out' } });
      expect(letter).not.toHaveProperty('wireId');
      if (time === 3) target.repair();
      await world.during(world.engine.redriveDeadLetter({ pipelineId, letterId: letter?.id ?? '' }));
      await world.clock.run(10_000);
    }
    expect(target.calls).toHaveLength(4);
    expect(await lettersOf(world)).toEqual([]);
  });

  it('is not too old at once because of its first life', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { w1: { queue: { expireAfter: '5s' } }, call: { work: { workers: 1 } } }),
      { target: scriptedTarget(({ body, nth }) => ({ afterMs: body.id === 'm0' && nth === 1 ? 10_000 : 1 })) },
    );
    await sendAll(world, 2);
    await world.clock.run(30_000);
    const [letter] = await lettersOf(world);
    expect(letter?.reason).toBe('expired');
    await world.during(world.engine.redriveDeadLetter({ pipelineId, letterId: letter?.id ?? '' }));
    await world.clock.run(10_000);
    expect(bodyIds(world.target.effects)).toEqual(['m0', 'm1']);
  });

  it('by two at once goes once', async () => {
    const { world, target } = await withLetters(1);
    target.repair();
    const [letter] = await lettersOf(world);
    const address = { pipelineId, letterId: letter?.id ?? '' };
    const results = await world.during(
      Promise.all([world.engine.redriveDeadLetter(address), world.engine.redriveDeadLetter(address)]),
    );
    expect(results.map(({ ok }) => ok)).toEqual([true, false]);
    expect(results[1]).toMatchObject({ reason: 'letter-gone' });
    await world.clock.run(10_000);
    expect(target.effects).toHaveLength(1);
  });

  it('waits its turn where the wire is full, and stays a letter', async () => {
    const { world } = await withLetters(1, { w1: { queue: { capacity: 2 } } });
    await world.during(world.engine.pause(pipelineId));
    const append = (id: string) => ({
      op: 'append' as const,
      queue: 'simulated/w1',
      message: { id, key: '', payload: { id }, headers: {}, correlationId: id, eventTime: 0, enqueuedAt: 0 },
      limit: { messages: 2, bytes: 99_999 },
    });
    await world.store.commit([append('a'), append('b')]);
    const [letter] = await lettersOf(world);
    const redriven = world.engine.redriveDeadLetter({ pipelineId, letterId: letter?.id ?? '' });
    expect(await world.during(redriven)).toEqual({ ok: false, reason: 'full', wireId: 'w1' });
    expect(await lettersOf(world)).toEqual([letter]);
  });

  it('needs its wire, or another one to go to', async () => {
    const { world, target } = await withLetters(1);
    target.repair();
    const document = aPipeline('in -pull-> call');
    const renamed = { ...document, wires: document.wires.map((wire) => ({ ...wire, id: 'w9' })) };
    expect(await world.during(world.deploy({ version: 2, document: renamed }))).toMatchObject({ ok: true });
    const [letter] = await lettersOf(world);
    const address = { pipelineId, letterId: letter?.id ?? '' };
    expect(await world.during(world.engine.redriveDeadLetter(address))).toEqual({
      ok: false,
      reason: 'wire-gone',
      wireId: 'w1',
    });
    expect(await world.during(world.engine.redriveDeadLetter({ ...address, toWire: 'w8' }))).toMatchObject({
      reason: 'wire-gone',
      wireId: 'w8',
    });
    expect(await lettersOf(world)).toEqual([letter]);
    expect(await world.during(world.engine.redriveDeadLetter({ ...address, toWire: 'w9' }))).toMatchObject({
      ok: true,
      wireId: 'w9',
    });
    await world.clock.run(10_000);
    expect(bodyIds(target.effects)).toEqual(['m0']);
  });

  it('needs somebody to work on it', async () => {
    const { world } = await withLetters(1);
    await world.during(world.engine.stop(pipelineId));
    const [letter] = await lettersOf(world);
    const address = { pipelineId, letterId: letter?.id ?? '' };
    expect(await world.during(world.engine.redriveDeadLetter(address))).toEqual({ ok: false, reason: 'not-deployed' });
    expect(await world.during(world.engine.startRedrive({ filter: { pipelineId } }))).toEqual({
      ok: false,
      reason: 'not-deployed',
    });
  });

  it('waits while the pipeline is paused, and over a restart, in the queue that its place has', async () => {
    const target = brokenTarget();
    const world = await running(aPipeline('in -event-> call'), { target });
    await sendAll(world, 3);
    await world.clock.run(10_000);
    target.repair();
    await world.during(world.engine.pause(pipelineId));
    for (const { id } of await lettersOf(world))
      await world.during(world.engine.redriveDeadLetter({ pipelineId, letterId: id }));
    expect((await world.engine.figures(pipelineId))?.nodes['call']).toMatchObject({ redriving: 3 });
    expect((await world.engine.figures(pipelineId))?.totals.depth).toBe(3);
    world.crash();
    await world.during(world.restart());
    await world.clock.run(10_000);
    expect(bodyIds(target.effects).toSorted()).toEqual(['m0', 'm1', 'm2']);
    expect((await world.engine.figures(pipelineId))?.nodes['call']).toMatchObject({ redriving: 0 });
  });

  it('C12 goes along when its event wire becomes a pull wire, and is asked for when its place is removed', async () => {
    const target = brokenTarget();
    const world = await running(aPipeline('in -event-> call'), { target });
    await sendAll(world, 2);
    await world.clock.run(10_000);
    await world.during(world.engine.pause(pipelineId));
    for (const { id } of await lettersOf(world))
      await world.during(world.engine.redriveDeadLetter({ pipelineId, letterId: id }));
    target.repair();
    const elsewhere = aPipeline('in -push-> call:b');
    expect(await world.during(world.deploy({ version: 2, document: elsewhere }))).toMatchObject({
      ok: false,
      reason: 'wires-hold-messages',
      wires: [{ wireId: 'w1', messages: 2 }],
    });
    expect(await world.during(world.deploy({ version: 2, document: aPipeline('in -pull-> call') }))).toMatchObject({
      ok: true,
    });
    await world.clock.run(10_000);
    expect(bodyIds(target.effects).toSorted()).toEqual(['m0', 'm1']);
  });
});
