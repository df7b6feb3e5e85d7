import type { PipelineDocument } from '@sluice/pipeline';
import { describe, expect, it } from 'vitest';
import { plainBehaviours } from '../testing/plain-nodes.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

type SomeWorld = Awaited<ReturnType<typeof running>>;

const bodyIds = (calls: readonly { readonly body: { readonly id: string } }[]): string[] =>
  calls.map(({ body }) => body.id);
const idsTo = (world: SomeWorld, url: string): string[] =>
  bodyIds(world.target.effects.filter((call) => call.url === url));
const sendAll = async (world: SomeWorld, from: number, to: number, key = (n: number) => `${n}`): Promise<void> => {
  for (let n = from; n < to; n += 1) await world.during(world.send({ id: `m${n}`, key: key(n), n }));
};
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `m${from + n}`);
const removedIn = async (world: SomeWorld) => (await world.engine.figures('simulated'))?.removedWires;

const OLD = { old: { config: { url: 'http://old' }, work: { workers: 1 } } };
const NEW = { new: { config: { url: 'http://new' } } };
/** Wire `w1` to a slow target; the next version has wire `w9` to another one in its place. */
const before = (delivery: string, settings: object = {}): PipelineDocument =>
  aPipeline(`in -${delivery}-> call:old`, { ...OLD, ...settings });
const after = (delivery: string, settings: object = {}): PipelineDocument =>
  aPipeline(`in -${delivery}-> call:new`, { ...NEW, w1: { id: 'w9', ...settings } });
const slowOld = () => scriptedTarget(({ url }) => ({ afterMs: url === 'http://old' ? 500 : 1 }));

describe('C12 a removed wire drains', () => {
  for (const delivery of ['pull', 'event'] as const) {
    const partitions = { w1: delivery === 'event' ? { log: { partitions: 1 } } : {} };

    it(`by the version that had it, beside the new one, ${delivery}`, async () => {
      const world = await running(before(delivery, partitions), { target: slowOld() });
      await sendAll(world, 0, 10);
      const document = after('pull');
      expect(await world.during(world.deploy({ version: 2, document, removedWires: 'drain' }))).toMatchObject({
        ok: true,
      });
      await sendAll(world, 10, 15);
      await world.clock.run(500);
      expect(idsTo(world, 'http://new')).toEqual(numbers(10, 15));
      expect(await removedIn(world)).toMatchObject([
        { id: 'w1', nodeId: 'old', version: 1, fate: 'drain', problem: null },
      ]);
      expect((await world.engine.figures('simulated'))?.verdict.text).toMatch(
        /^(Flowing|Idle).*of an earlier version on w1$/,
      );
      await world.clock.run(20_000);
      expect(idsTo(world, 'http://old')).toEqual(numbers(0, 10));
      expect(await removedIn(world)).toEqual([]);
      expect(await world.store.groups('simulated/')).toEqual([]);
      expect(world.notices.filter(({ kind }) => kind === 'wire-drained')).toMatchObject([{ elementId: 'w1' }]);
      expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toEqual([]);
    });

    it(`L1 goes on after a crash, a pause and a further version, ${delivery}`, async () => {
      const world = await running(before(delivery, partitions), { target: slowOld() });
      await sendAll(world, 0, 20);
      await world.during(world.deploy({ version: 2, document: after('pull'), removedWires: 'drain' }));
      await world.clock.run(1_200);
      world.crash();
      await world.during(world.restart());
      await world.clock.run(1_200);
      await world.during(world.engine.pause('simulated'));
      const done = idsTo(world, 'http://old').length;
      await world.clock.run(5_000);
      expect(idsTo(world, 'http://old')).toHaveLength(done);
      await world.engine.resume('simulated');
      await world.during(world.deploy({ version: 3, document: { ...after('pull'), title: 'Three' } }));
      expect(await removedIn(world)).toMatchObject([{ id: 'w1', version: 1, fate: 'drain' }]);
      await world.clock.run(30_000);
      expect(new Set(idsTo(world, 'http://old'))).toEqual(new Set(numbers(0, 20)));
      expect(await removedIn(world)).toEqual([]);
      expect((await world.engine.figures('simulated'))?.version).toBe(3);
    });

    it(`that comes back is read by the new version, each message once, ${delivery}`, async () => {
      const world = await running(before(delivery, partitions), { target: slowOld() });
      await sendAll(world, 0, 10);
      await world.during(world.deploy({ version: 2, document: after('pull'), removedWires: 'drain' }));
      await world.clock.run(1_200);
      await world.during(world.deploy({ version: 3, document: before(delivery, partitions) }));
      await world.clock.run(20_000);
      expect(idsTo(world, 'http://old')).toEqual(numbers(0, 10));
      expect(await removedIn(world)).toEqual([]);
    });
  }

  it('with what is retried, given up and delayed, as its version would have had it', async () => {
    const world = await running(
      before('pull', { old: { ...OLD.old, work: { retry: { attempts: 2, base: '10s' } } } }),
      {
        target: scriptedTarget(({ url, body }) => ({
          status: url === 'http://old' && body.id === 'm1' ? 500 : 200,
        })),
      },
    );
    await sendAll(world, 0, 3);
    await world.clock.run(500);
    await world.during(world.deploy({ version: 2, document: after('pull'), removedWires: 'drain' }));
    await world.clock.run(60_000);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toMatchObject([
      { version: 1, nodeId: 'old', wireId: 'w1', reason: 'attempts-exhausted', message: { payload: { id: 'm1' } } },
    ]);
    expect(await removedIn(world)).toEqual([]);
  });

  it('L2 through wires that are removed with it, to the last one', async () => {
    const document = aPipeline('in -pull-> call-on -pull-> call:old', {
      'call-on': { config: { url: 'http://first' }, work: { workers: 1 } },
      ...OLD,
    });
    const world = await running(document, {
      target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://new' ? 1 : 300 })),
    });
    await sendAll(world, 0, 10);
    await world.during(
      world.deploy({ version: 2, document: after('pull'), removedWires: { w1: { do: 'drain' }, w2: { do: 'drain' } } }),
    );
    await world.clock.run(1_000);
    world.crash();
    await world.during(world.restart());
    await world.clock.run(30_000);
    expect(new Set(idsTo(world, 'http://old'))).toEqual(new Set(numbers(0, 10)));
    expect(await removedIn(world)).toEqual([]);
  });

  it('L2 before the wire behind it is given up or moved', async () => {
    const document = aPipeline('in -pull-> call-on -pull-> call:old', {
      'call-on': { config: { url: 'http://first' }, work: { workers: 1 } },
      ...OLD,
    });
    const world = await running(document, {
      target: scriptedTarget(({ url }) => (url === 'http://old' ? { status: 500 } : { afterMs: 300 })),
    });
    await sendAll(world, 0, 5);
    await world.clock.run(500);
    await world.during(
      world.deploy({
        version: 2,
        document: after('pull'),
        removedWires: { w1: { do: 'drain' }, w2: { do: 'move', to: 'w9' } },
      }),
    );
    await world.clock.run(30_000);
    expect(new Set(idsTo(world, 'http://new'))).toEqual(new Set(numbers(0, 5)));
    expect(await removedIn(world)).toEqual([]);
  });

  it('shares workers and rate with what of its consumer runs on', async () => {
    const both = aPipeline('in -pull-> call\nin -pull-> call', { call: { work: { workers: 1 } } });
    const world = await running(both, { target: scriptedTarget(() => ({ afterMs: 200 })) });
    await sendAll(world, 0, 10);
    const one = { ...both, wires: both.wires.slice(0, 1) };
    expect(await world.during(world.deploy({ version: 2, document: one, removedWires: 'drain' }))).toEqual({
      ok: true,
      restarted: ['in'],
    });
    await world.clock.run(60_000);
    expect(world.target.most()).toBe(1);
    expect(world.target.effects).toHaveLength(20);
  });

  it('L3 only of what its log held for it, where the log goes on for others', async () => {
    const two = aPipeline('in -event-> call:old\nin -event-> call:new', { ...OLD, ...NEW });
    const one = aPipeline('in -event-> call:new', { ...NEW, w1: { id: 'w2' } });
    const world = await running(two, { target: slowOld() });
    await sendAll(world, 0, 10);
    await world.during(world.deploy({ version: 2, document: one, removedWires: 'drain' }));
    await sendAll(world, 10, 30);
    world.crash();
    await world.during(world.restart());
    await world.clock.run(30_000);
    expect(new Set(idsTo(world, 'http://old'))).toEqual(new Set(numbers(0, 10)));
    expect(new Set(idsTo(world, 'http://new'))).toEqual(new Set(numbers(0, 30)));
    expect(await world.store.groups('simulated/')).toEqual([{ log: 'simulated/in.out', group: 'simulated/w2' }]);
    expect(await removedIn(world)).toEqual([]);
  });

  it('L3 of a topic, what a removed subscriber had not read', async () => {
    const world = await running(aPipeline('in -push-> topic-out'));
    const reading = aPipeline('topic-in -push-> call:old', OLD, 'reader');
    await world.during(world.deploy({ pipelineId: 'reader', version: 1, document: reading }));
    await sendAll(world, 0, 3);
    await world.during(world.engine.pause('reader'));
    await sendAll(world, 3, 10);
    const other = aPipeline('in -push-> call:new', NEW, 'reader');
    expect(await world.during(world.deploy({ pipelineId: 'reader', version: 2, document: other }))).toMatchObject({
      reason: 'wires-hold-messages',
      wires: [{ wireId: 'topic-in', messages: 7 }],
    });
    await world.during(world.deploy({ pipelineId: 'reader', version: 2, document: other, removedWires: 'drain' }));
    await sendAll(world, 10, 15);
    await world.clock.run(30_000);
    expect(new Set(idsTo(world, 'http://old'))).toEqual(new Set(numbers(0, 10)));
    expect(await world.store.groups('reader/')).toEqual([]);
  });

  it('L4 shows why it cannot go on, keeps the messages, and takes another decision', async () => {
    let isBroken = false;
    const world = await running(before('pull'), {
      target: slowOld(),
      behaviours: {
        find: (type) => {
          const behaviour = plainBehaviours.find(type);
          if (behaviour === undefined) return undefined;
          return {
            type,
            prepare: (context) =>
              isBroken && context.nodeId === 'old'
                ? Promise.reject(new Error('Secret "k" is missing'))
                : behaviour.prepare(context),
          };
        },
      },
    });
    await sendAll(world, 0, 5);
    await world.during(world.deploy({ version: 2, document: after('pull'), removedWires: 'drain' }));
    isBroken = true;
    world.crash();
    await world.during(world.restart());
    await world.clock.run(5_000);
    const figures = await world.engine.figures('simulated');
    expect(figures?.removedWires).toMatchObject([
      { id: 'w1', fate: 'keep', problem: expect.stringContaining('old: Secret "k" is missing') as string },
    ]);
    expect(figures?.verdict).toMatchObject({ kind: 'stuck' });
    const held = figures?.removedWires[0]?.depth ?? 0;
    expect(held).toBeGreaterThan(0);
    await world.during(
      world.deploy({ version: 2, document: after('pull'), removedWires: { w1: { do: 'move', to: 'w9' } } }),
    );
    await world.clock.run(5_000);
    expect(idsTo(world, 'http://new')).toHaveLength(held);
    expect(await removedIn(world)).toEqual([]);
  });
});

describe('C12 a removed wire moves its messages', () => {
  for (const [from, to] of [
    ['pull', 'pull'],
    ['pull', 'event'],
    ['event', 'pull'],
    ['event', 'event'],
  ] as const) {
    it(`in order and with their ids, before what comes next, ${from} to ${to}`, async () => {
      const order = (delivery: string) => ({
        [delivery === 'pull' ? 'queue' : 'log']: { orderBy: 'key', ...(delivery === 'event' ? { partitions: 2 } : {}) },
      });
      const world = await running(before(from, { w1: order(from) }), {
        target: scriptedTarget(({ at }) => (at < 3_000 ? { status: 500 } : {})),
      });
      const key = (n: number): string => `k${n % 3}`;
      await sendAll(world, 0, 60, key);
      const waiting = await world.store.peek({
        source: from === 'pull' ? { queue: 'simulated/w1' } : { log: 'simulated/in.out', group: 'simulated/w1' },
        limit: 100,
      });
      const deployed = world.deploy({
        version: 2,
        document: after(to, order(to)),
        removedWires: { w1: { do: 'move', to: 'w9' } },
      });
      await sendAll(world, 60, 70, key);
      await world.during(deployed);
      await world.clock.run(600_000);
      const { effects } = world.target;
      expect(new Set(effects.map(({ url }) => url))).toEqual(new Set(['http://new']));
      for (const each of ['k0', 'k1', 'k2']) {
        const order = effects.filter(({ body }) => body.key === each).map(({ body }) => body.n);
        expect(order).toEqual([...order].sort((left, right) => left - right));
      }
      expect(effects).toHaveLength(70);
      const sent = new Set(effects.map(({ id }) => id));
      for (const { message } of waiting) expect(sent).toContain(message.id);
    });
  }

  it('is refused where there is nothing to move to, or others would get them, too', async () => {
    const world = await running(before('pull'), { target: slowOld() });
    await sendAll(world, 0, 5);
    const refusals = async (document: PipelineDocument, to: string): Promise<unknown> =>
      world.during(world.deploy({ version: 2, document, removedWires: { w1: { do: 'move', to } } }));
    const refused = (text: string) => ({
      ok: false,
      reason: 'removed-wires-refused',
      refusals: [{ wireId: 'w1', text }],
    });
    expect(await refusals(after('pull'), 'w8')).toEqual(refused('cannot move to w8: the new version has no such wire'));
    expect(await refusals(after('push'), 'w9')).toEqual(refused('cannot move to w9: a push wire keeps no messages'));
    const two = aPipeline('in -event-> call:new\nin -event-> call:b', { w1: { id: 'w9' } });
    expect(await refusals(two, 'w9')).toEqual(
      refused('cannot move to w9: the other event wires of its port would get the messages, too'),
    );
    expect(
      await world.during(world.deploy({ version: 2, document: before('pull'), removedWires: { w1: { do: 'drain' } } })),
    ).toEqual(refused('is a wire of the new version: there is nothing to decide'));
    expect((await world.engine.figures('simulated'))?.version).toBe(1);
    await world.clock.run(10_000);
    expect(idsTo(world, 'http://old')).toEqual(numbers(0, 5));
  });
});

describe('C12 what nobody has decided', () => {
  it('L1 is asked for wire by wire, and what was decided stays decided', async () => {
    const world = await running(aPipeline('in -pull-> call:old\nin -pull-> call:b', OLD), {
      target: scriptedTarget(() => ({ status: 500 })),
    });
    await sendAll(world, 0, 3);
    const document = after('pull');
    expect(
      await world.during(world.deploy({ version: 2, document, removedWires: { w1: { do: 'dead-letter' } } })),
    ).toEqual({ ok: false, reason: 'wires-hold-messages', wires: [{ wireId: 'w2', messages: 3 }] });
    expect(await world.store.deadLetterCounts('simulated')).toEqual({});
    await world.during(
      world.deploy({ version: 2, document, removedWires: { w1: { do: 'dead-letter' }, w2: { do: 'drain' } } }),
    );
    expect(await world.store.deadLetterCounts('simulated')).toEqual({ old: 3 });
    expect(await world.during(world.deploy({ version: 3, document: { ...document, title: 'T' } }))).toMatchObject({
      ok: true,
    });
    expect(await removedIn(world)).toMatchObject([{ id: 'w2', fate: 'drain', depth: 3 }]);
    await world.during(
      world.deploy({ version: 3, document: { ...document, title: 'T' }, removedWires: { w2: { do: 'dead-letter' } } }),
    );
    expect(await world.store.deadLetterCounts('simulated')).toEqual({ old: 3, b: 3 });
    expect(await removedIn(world)).toEqual([]);
  });

  it('L1 L4 because the process died before it was known which version runs, is worked off at the start', async () => {
    const world = await running(before('pull'), { target: slowOld() });
    await sendAll(world, 0, 5);
    // The engine takes version 2, and dies before the server has written that down.
    await world.during(
      world.engine.deploy({
        pipelineId: 'simulated',
        version: 2,
        document: after('pull', { queue: { capacity: 50 } }),
        removedWires: 'drain',
      }),
    );
    await sendAll(world, 5, 9);
    world.crash();
    await world.during(world.restart());
    expect((await world.engine.figures('simulated'))?.version).toBe(1);
    await world.clock.run(30_000);
    expect(new Set(idsTo(world, 'http://old'))).toEqual(new Set(numbers(0, 5)));
    expect(new Set(idsTo(world, 'http://new'))).toEqual(new Set(numbers(5, 9)));
    expect(await removedIn(world)).toEqual([]);
  });

  it('L4 and nobody remembers, stays where it is and is shown', async () => {
    const world = await running(before('pull'), { target: slowOld() });
    await sendAll(world, 0, 5);
    await world.during(world.engine.stop('simulated'));
    await world.store.commit([{ op: 'cursor', source: 'simulated/.versions', value: 'nonsense' }]);
    await world.during(world.deploy({ version: 2, document: after('pull'), removedWires: 'drain' }));
    await world.clock.run(5_000);
    expect(await removedIn(world)).toMatchObject([{ id: 'w1', fate: 'keep', version: null, depth: 4 }]);
    expect((await world.engine.figures('simulated'))?.verdict).toMatchObject({ kind: 'stuck' });
    await world.during(world.deploy({ version: 3, document: before('pull') }));
    await world.clock.run(10_000);
    expect(new Set(idsTo(world, 'http://old'))).toEqual(new Set(numbers(0, 5)));
  });

  it('a stopped pipeline that starts with another version drains what the one before left', async () => {
    const world = await running(before('pull'), { target: slowOld() });
    await sendAll(world, 0, 5);
    await world.during(world.engine.stop('simulated'));
    await world.during(world.deploy({ version: 2, document: after('pull'), removedWires: 'drain' }));
    await world.clock.run(10_000);
    expect(new Set(idsTo(world, 'http://old'))).toEqual(new Set(numbers(0, 5)));
  });
});
