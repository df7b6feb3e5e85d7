import { describe, expect, it } from 'vitest';
import { bodyIds, lettersOf, sendAll } from '../testing/dead-letters.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

type World = Awaited<ReturnType<typeof running>>;

const pipelineId = 'simulated';
const wireId = 'w1';
const one = { w1: { log: { partitions: 1 } } };

/** `m0`, `m1`, ... a second apart, all of them delivered. */
async function delivered(count: number, settings: object = one, target = scriptedTarget()): Promise<World> {
  const world = await running(aPipeline('in -event-> call', { ...settings }), { target });
  for (let n = 0; n < count; n += 1) {
    await world.during(world.send({ id: `m${n}`, key: `k${n % 3}` }));
    await world.clock.run(1_000);
  }
  await world.clock.run(10_000);
  expect(world.target.effects).toHaveLength(count);
  return world;
}

async function replay(world: World, from: Parameters<World['engine']['replay']>[0]['from'], more: object = {}) {
  return world.during(world.engine.replay({ pipelineId, wireId, from, ...more }));
}

const again = (world: World, count: number): readonly string[] => bodyIds(world.target.effects.slice(count));

describe('O7 a replay', () => {
  it('delivers again what the wire has delivered, in order, under the ids it had', async () => {
    const world = await delivered(6);
    const before = world.target.effects.map(({ id }) => id);
    const result = await replay(world, 'earliest');
    expect(result).toMatchObject({ ok: true, messages: 6, replay: { freshIds: false } });
    await world.clock.run(10_000);
    expect(again(world, 6)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
    expect(world.target.effects.slice(6).map(({ id }) => id)).toEqual(before);
    await world.during(world.send({ id: 'm6' }));
    await world.clock.run(10_000);
    expect(again(world, 12)).toEqual(['m6']);
  });

  it('with fresh ids gives each message one id of its own, at every try and after a death', async () => {
    let isReplay = false;
    const world = await delivered(
      3,
      { ...one, call: { work: { retry: { attempts: 9, base: '1s' }, breaker: { minimumCalls: 1_000 } } } },
      scriptedTarget(({ nth }) => (isReplay && nth === 1 ? { status: 500 } : {})),
    );
    const before = new Set(world.target.effects.map(({ id }) => id));
    isReplay = true;
    await replay(world, 'earliest', { freshIds: true });
    await world.clock.run(500);
    world.crash();
    await world.during(world.restart());
    await world.clock.run(60_000);
    const tried = world.target.calls.slice(3);
    expect(bodyIds(world.target.effects.slice(3))).toEqual(['m0', 'm1', 'm2']);
    expect(tried.length).toBeGreaterThan(3);
    expect(new Set(tried.map(({ id }) => id)).size).toBe(3);
    expect(tried.filter(({ id }) => before.has(id))).toEqual([]);
    // Another replay is another delivery: its ids are other ones.
    await replay(world, 'earliest', { freshIds: true });
    await world.clock.run(60_000);
    expect(new Set(world.target.calls.slice(3).map(({ id }) => id)).size).toBe(6);
  });

  it('marks every message with its id, also after a death, and nothing else', async () => {
    const world = await running(aPipeline('in -event-> pass', one));
    await sendAll(world, 3, () => ({ bad: true }));
    await world.clock.run(10_000);
    const result = await replay(world, 'earliest');
    world.crash();
    await world.during(world.restart());
    await sendAll(world, 4, () => ({ bad: true }));
    await world.clock.run(10_000);
    const marks = (await lettersOf(world)).map(({ message }) => message.headers['sluice-replay']).toReversed();
    const mark = result.ok ? result.replay.id : '';
    expect(marks).toEqual([undefined, undefined, undefined, mark, mark, mark, undefined]);
  });

  it('begins at a time, or at a position', async () => {
    const world = await delivered(8);
    const from = world.clock.now() - 10_000 - 3_000;
    expect(await replay(world, { time: from })).toMatchObject({ ok: true, messages: 3 });
    await world.clock.run(10_000);
    expect(again(world, 8)).toEqual(['m5', 'm6', 'm7']);
    const [first] = await world.store.peek({ source: { log: 'simulated/in.out', group: 'simulated/w1' }, limit: 1 });
    expect(first).toBeUndefined();
    expect(await replay(world, { partition: 0, position: 6 })).toMatchObject({ ok: true, messages: 2 });
    await world.clock.run(10_000);
    expect(again(world, 11)).toEqual(['m6', 'm7']);
  });

  it('goes back and never ahead: what is not delivered yet is not skipped', async () => {
    const world = await running(aPipeline('in -event-> call', { w1: { log: { partitions: 4 } } }));
    await world.during(world.engine.pause(pipelineId));
    // Webhooks are refused while paused: put there as another version of them would have.
    const publish = (n: number, partition: number) => ({
      op: 'publish' as const,
      log: 'simulated/in.out',
      partition,
      message: {
        id: `m${n}`,
        key: '',
        payload: { id: `m${n}` },
        headers: {},
        correlationId: 'c',
        eventTime: 0,
        enqueuedAt: world.clock.now(),
      },
      limit: { bytes: 99_999 },
    });
    await world.store.commit([publish(0, 0), publish(1, 1), publish(2, 1)]);
    await world.clock.run(60_000);
    expect(await replay(world, { time: world.clock.now() })).toMatchObject({ ok: true, messages: 0 });
    expect(await replay(world, { partition: 1, position: 1 })).toEqual({
      ok: false,
      reason: 'not-read-yet',
      position: 0,
    });
    await world.during(world.engine.resume(pipelineId));
    await world.clock.run(10_000);
    expect(bodyIds(world.target.effects).toSorted()).toEqual(['m0', 'm1', 'm2']);
  });

  it('is for event wires of a deployed pipeline, and for partitions that they have', async () => {
    const world = await running(aPipeline('in -push-> pass -pull-> call'));
    expect(await replay(world, 'earliest')).toEqual({ ok: false, reason: 'no-event-wire' });
    const of = (wire: string, id = pipelineId) =>
      world.during(world.engine.replay({ pipelineId: id, wireId: wire, from: 'earliest' }));
    expect(await of('w2')).toEqual({ ok: false, reason: 'no-event-wire' });
    expect(await of('w7')).toEqual({ ok: false, reason: 'no-event-wire' });
    expect(await of('w1', 'another')).toEqual({ ok: false, reason: 'not-deployed' });
    const other = await delivered(1);
    expect(await replay(other, { partition: 1, position: 0 })).toEqual({
      ok: false,
      reason: 'partition-unknown',
      partitions: 1,
    });
  });

  it('leaves the other groups of the log alone', async () => {
    const world = await running(
      aPipeline('in -event-> call\nin -event-> call:other', { other: { config: { url: 'http://other' } } }),
    );
    await sendAll(world, 5);
    await world.clock.run(10_000);
    await replay(world, 'earliest');
    await world.clock.run(10_000);
    const to = (url: string) => world.target.effects.filter((call) => call.url === url).length;
    expect([to('http://target'), to('http://other')]).toEqual([10, 5]);
  });

  it('shows how far it is, and makes no producer wait', async () => {
    let afterMs = 1;
    const world = await delivered(
      30,
      { w1: { log: { partitions: 1, retention: { age: '1d', bytes: 12_000 } } } },
      scriptedTarget(() => ({ afterMs })),
    );
    expect((await world.engine.figures(pipelineId))?.wires[wireId]?.replay).toBeNull();
    afterMs = 5_000;
    const result = await replay(world, 'earliest');
    const messages = result.ok ? result.messages : 0;
    expect(messages).toBe(30);
    await world.clock.run(12_000);
    const wire = (await world.engine.figures(pipelineId))?.wires[wireId];
    expect(wire?.replay).toMatchObject({ id: result.ok ? result.replay.id : '', left: 28 });
    expect(wire).toMatchObject({ depth: 28, state: 'open', saturation: 0 });
    // Twice as much as the log may hold unread: what is read again does not count.
    for (let n = 0; n < 20; n += 1)
      expect(await world.during(world.send({ id: `new${n}` }))).toMatchObject({ ok: true, httpStatus: 202 });
    await world.clock.run(400_000);
    expect((await world.engine.figures(pipelineId))?.wires[wireId]).toMatchObject({ replay: null, depth: 0 });
    expect(world.target.effects).toHaveLength(80);
  });

  it('C2 takes what is in hand back without losing or ordering anything wrongly', async () => {
    const world = await delivered(4);
    for (let n = 4; n < 30; n += 1) await world.during(world.send({ id: `m${n}`, key: 'k' }));
    // In the midst of a batch.
    await world.clock.run(3);
    await replay(world, { partition: 0, position: 2 });
    await world.clock.run(60_000);
    const seen = bodyIds(world.target.effects);
    expect(new Set(seen).size).toBe(30);
    const lastOf = new Map(seen.map((id, index) => [id, index]));
    const order = [...lastOf].toSorted(([, a], [, b]) => a - b).map(([id]) => id);
    expect(order.slice(2)).toEqual(Array.from({ length: 28 }, (_, n) => `m${n + 2}`));
    expect(world.failures).toEqual([]);
  });

  it('that is asked for during another one takes its place', async () => {
    let afterMs = 1;
    const world = await delivered(
      10,
      one,
      scriptedTarget(() => ({ afterMs })),
    );
    afterMs = 1_000;
    await replay(world, 'earliest');
    await world.clock.run(3_500);
    expect(again(world, 10)).toEqual(['m0', 'm1', 'm2']);
    expect(await replay(world, { partition: 0, position: 8 })).toEqual({
      ok: false,
      reason: 'not-read-yet',
      position: 3,
    });
    expect(await replay(world, { partition: 0, position: 1 })).toMatchObject({ ok: true, messages: 9 });
    await world.clock.run(30_000);
    expect(again(world, 10).slice(-9)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9']);
  });

  it('is not too old to be retried because of its first life', async () => {
    let isReplay = false;
    const world = await delivered(
      1,
      { ...one, call: { work: { retry: { attempts: 5, base: '1s', maxAge: '5s' } } } },
      scriptedTarget(({ nth }) => (isReplay && nth === 2 ? { status: 500 } : {})),
    );
    await world.clock.run(60_000);
    isReplay = true;
    await replay(world, 'earliest');
    await world.clock.run(30_000);
    expect(world.target.calls.map(({ status }) => status)).toEqual([200, 500, 200]);
    expect(await lettersOf(world)).toEqual([]);
  });
});
