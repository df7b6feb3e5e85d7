import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget, type AskedCall, type Reaction } from '../testing/scripted-target.ts';

/** Orders on a queue, a coordinator of three steps, a target for each step and each compensation, and two ends. */
const drawing = `in -pull-> steps:run -pull-> call:done
  run.undone -pull-> call:undone
  run.charge -push-> call-on:charge
  run.reserve -push-> call-on:reserve
  run.ship -push-> call-on:ship
  run.undo-charge -push-> call-on:undo-charge
  run.undo-reserve -push-> call-on:undo-reserve`;

const urls = ['done', 'undone', 'charge', 'reserve', 'ship', 'undo-charge', 'undo-reserve'];

function orders(work: object, config: object) {
  return aPipeline(drawing, {
    run: { config, work: { retry: { attempts: 3, base: '100ms', cap: '200ms' }, ...work } },
    ...Object.fromEntries(
      urls.map((id) => [id, { config: { url: `http://${id}` }, work: { breaker: { minimumCalls: 1_000 } } }]),
    ),
  });
}

type Script = (call: AskedCall & { readonly to: string }) => Reaction;

async function orderedWorld(script: Script, work: object = {}, config: object = {}) {
  const target = scriptedTarget((call) => script({ ...call, to: call.url.slice('http://'.length) }));
  const world = await running(orders(work, config), { target });
  const called = (): readonly string[] => target.calls.map(({ url, status }) => `${url.slice(7)} ${status}`);
  const ids = (to: string): ReadonlySet<string> =>
    new Set(target.calls.filter(({ url }) => url === `http://${to}`).map(({ id }) => id));
  return { world, target, called, ids };
}

describe('C2 a coordinator', () => {
  it('K1 calls its steps one after the other and hands on what they answered', async () => {
    const { world, target, called } = await orderedWorld(() => ({}));
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(5_000);
    expect(called()).toEqual(['charge 200', 'reserve 200', 'ship 200', 'done 200']);
    expect(target.effects.at(-1)?.body).toMatchObject({
      input: { id: 'o1' },
      results: { charge: { input: { id: 'o1' }, results: {} }, reserve: {}, ship: {} },
    });
    const [charge, reserve] = target.calls;
    expect(charge?.at).toBeLessThan(reserve?.at ?? 0);
  });

  it('K1 K3 calls steps that go together at the same time, and tries again only the one that failed', async () => {
    const { world, target, called } = await orderedWorld(
      ({ to, nth }) => ({ afterMs: 5, ...(to === 'charge' && nth === 1 ? { status: 500 } : {}) }),
      {},
      { together: true },
    );
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(10_000);
    expect(called()).toEqual(['charge 500', 'reserve 200', 'charge 200', 'ship 200', 'done 200']);
    expect(target.calls[0]?.at).toBe(target.calls[1]?.at);
  });

  it('K3 tries a step again and not the ones before it', async () => {
    const { world, called, ids } = await orderedWorld(({ to, nth }) =>
      to === 'ship' && nth < 3 ? { status: 500 } : {},
    );
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(10_000);
    expect(called()).toEqual(['charge 200', 'reserve 200', 'ship 500', 'ship 500', 'ship 200', 'done 200']);
    expect(ids('ship').size).toBe(1);
  });

  it('K3 counts the tries of each step by themselves', async () => {
    const { world, called } = await orderedWorld(({ to, nth }) => (nth < 3 && to !== 'done' ? { status: 500 } : {}));
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(20_000);
    expect(called().filter((call) => call.endsWith('200'))).toEqual([
      'charge 200',
      'reserve 200',
      'ship 200',
      'done 200',
    ]);
  });

  it('K4 undoes in reverse what was done when a step is refused for good', async () => {
    const { world, target, called } = await orderedWorld(({ to }) => (to === 'ship' ? { status: 422 } : {}));
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(10_000);
    expect(called()).toEqual([
      'charge 200',
      'reserve 200',
      'ship 422',
      'undo-reserve 200',
      'undo-charge 200',
      'undone 200',
    ]);
    expect(target.effects.at(-1)?.body).toMatchObject({
      input: { id: 'o1' },
      failed: { step: 'ship', code: 'target-status' },
    });
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 10 })).toEqual([]);
  });

  it('K4 undoes a step, too, that gave no answer to the last', async () => {
    const { world, called } = await orderedWorld(({ to }) => (to === 'reserve' ? { status: 0 } : {}));
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(20_000);
    expect(called()).toEqual([
      'charge 200',
      'reserve 0',
      'reserve 0',
      'reserve 0',
      'undo-reserve 200',
      'undo-charge 200',
      'undone 200',
    ]);
  });

  it('K5 keeps a run whose undoing fails for good as a dead letter', async () => {
    const { world, called } = await orderedWorld(({ to }) =>
      to === 'ship' || to === 'undo-reserve' ? { status: 422 } : {},
    );
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(10_000);
    expect(called()).toEqual(['charge 200', 'reserve 200', 'ship 422', 'undo-reserve 422']);
    const letters = await world.store.deadLetters({ pipelineId: 'simulated', limit: 10 });
    expect(letters).toMatchObject([{ reason: 'permanent', message: { payload: { id: 'o1' } } }]);
  });

  it('K5 goes on with the undoing that failed when its message is redriven', async () => {
    let isBroken = true;
    const { world, called } = await orderedWorld(({ to }) =>
      to === 'ship' || (to === 'undo-reserve' && isBroken) ? { status: 422 } : {},
    );
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(10_000);
    const before = called().length;
    isBroken = false;
    const [letter] = await world.store.deadLetters({ pipelineId: 'simulated', limit: 10 });
    const address = { pipelineId: 'simulated', letterId: letter?.id ?? '' };
    expect(await world.during(world.engine.redriveDeadLetter(address))).toMatchObject({ ok: true });
    await world.clock.run(10_000);
    expect(called().slice(before)).toEqual(['undo-reserve 200', 'undo-charge 200', 'undone 200']);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 10 })).toEqual([]);
  });

  it('K1 goes on from a step over a pull wire once it is stored', async () => {
    const target = scriptedTarget(({ url }) => ({ afterMs: url === 'http://ship' ? 30_000 : 1 }));
    const document = aPipeline(
      `in -pull-> steps:run -pull-> call:done
      run.charge -push-> call:charge
      run.reserve -push-> call:reserve
      run.ship -pull-> call:ship`,
      Object.fromEntries(urls.map((id) => [id, { config: { url: `http://${id}` }, work: { timeout: '1m' } }])),
    );
    const world = await running(document, { target });
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(5_000);
    expect(target.effects.map(({ url }) => url.slice(7))).toEqual(['charge', 'reserve', 'done']);
    expect(target.effects.at(-1)?.body).toMatchObject({ results: { charge: null, reserve: null, ship: null } });
    await world.clock.run(60_000);
    expect(target.effects.map(({ url }) => url.slice(7))).toEqual(['charge', 'reserve', 'done', 'ship']);
  });

  it('forgets a run that has ended', async () => {
    const { world } = await orderedWorld(() => ({ afterMs: 2 }));
    await world.during(world.send({ id: 'o1' }));
    const [waiting] = await world.store.peek({ source: { queue: 'simulated/w1' }, limit: 1 });
    const source = `simulated/run/run/${waiting?.message.id}`;
    await world.clock.run(3);
    expect(await world.store.cursor(source)).toMatchObject({ phase: 'forward' });
    await world.clock.run(5_000);
    expect(await world.store.cursor(source)).toBeUndefined();
  });

  it.each([2, 3, 4, 5, 6, 7, 8, 9])('K2 goes on at the right step when the process dies after %i ms', async (ms) => {
    const { world, target, called, ids } = await orderedWorld(({ to }) => ({
      afterMs: 2,
      ...(to === 'ship' ? { status: 422 } : {}),
    }));
    await world.during(world.send({ id: 'o1' }));
    await world.clock.run(ms);
    world.crash();
    await world.restart();
    await world.clock.run(120_000);
    const effects = target.effects.map(({ url }) => url.slice(7));
    expect([...new Set(effects)]).toEqual(['charge', 'reserve', 'undo-reserve', 'undo-charge', 'undone']);
    // What is called again, because the crash came before its answer was on disk, carries the same key.
    for (const to of new Set(effects)) expect(ids(to).size).toBe(1);
    const repeated = called().length - new Set(called()).size;
    expect(repeated).toBeLessThanOrEqual(1);
  });

  it('K6 is refused on a push wire', async () => {
    const document = aPipeline('in -push-> steps:run -pull-> call');
    await expect(running(document)).rejects.toThrow('push-to-durable');
  });
});
