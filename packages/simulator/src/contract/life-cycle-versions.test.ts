import type { MessageStore } from '@sluice/engine';
import type { PipelineDocument } from '@sluice/pipeline';
import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { plainBehaviours } from '../testing/plain-nodes.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const bodyIds = (calls: readonly { readonly body: { readonly id: string } }[]): string[] =>
  calls.map(({ body }) => body.id);

function withNode(document: PipelineDocument, id: string, change: object): PipelineDocument {
  return { ...document, nodes: document.nodes.map((node) => (node.id === id ? { ...node, ...change } : node)) };
}

function withWire(document: PipelineDocument, id: string, change: object): PipelineDocument {
  return {
    ...document,
    wires: document.wires.map((wire) => (wire.id === id ? { ...wire, ...change } : wire)),
  };
}

/** Counts how often somebody begins to listen to each queue or partition: once for each start of a feed. */
function countingStarts(starts: Map<string, number>): (store: MessageStore) => MessageStore {
  return (store) =>
    overriding(store, {
      onReady(source, listener) {
        const name = source.kind === 'queue' ? source.queue : `${source.group} ${source.partition}`;
        starts.set(name, (starts.get(name) ?? 0) + 1);
        return store.onReady(source, listener);
      },
    });
}

describe('C12 only what a version touches begins anew', () => {
  const chain = aPipeline('in -pull-> pass -pull-> call-on -event-> call');

  it('feeds, counters and webhooks of the rest go on without a gap, while touched feeds finish what they have', async () => {
    const starts = new Map<string, number>();
    const world = await running(withNode(chain, 'call', { config: { url: 'http://slow' }, work: { workers: 1 } }), {
      target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://slow' ? 8_000 : 1 })),
      watch: countingStarts(starts),
    });
    for (let n = 0; n < 3; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(1_000);
    const before = await world.engine.figures('simulated');
    const began = new Map(starts);
    const deployed = world.deploy({ version: 2, document: withNode(chain, 'call', { work: { workers: 2 } }) });
    for (let n = 3; n < 40; n += 1) {
      expect(await world.during(world.send({ id: `m${n}` }))).toMatchObject({ httpStatus: 202 });
      await world.clock.run(10);
    }
    const during = await world.engine.figures('simulated');
    expect(world.target.effects.filter(({ url }) => url === 'http://slow')).toEqual([]);
    expect(during).toMatchObject({ version: 2, nodes: { pass: { completed: 40 }, 'call-on': { completed: 40 } } });
    expect(before).toMatchObject({ version: 1, nodes: { pass: { completed: 3 }, 'call-on': { completed: 3 } } });
    expect(await world.during(deployed)).toEqual({ ok: true, restarted: ['call'] });
    await world.clock.run(10_000);
    expect(new Set(bodyIds(world.target.effects.filter(({ url }) => url !== 'http://target'))).size).toBe(1);
    expect(new Set(bodyIds(world.target.effects)).size).toBe(40);
    for (const [name, count] of began)
      expect([name, starts.get(name)]).toEqual([name, name.startsWith('simulated/w3') ? count + 1 : count]);
  });

  it('a poller goes on in its rhythm', async () => {
    const ticking = aPipeline('tick -pull-> pass -pull-> call', { tick: { config: { everyMs: 100 } } });
    const world = await running(ticking, { target: scriptedTarget(() => ({ afterMs: 500 })) });
    await world.clock.run(1_050);
    await world.during(world.deploy({ version: 2, document: withNode(ticking, 'call', { work: { workers: 3 } }) }));
    await world.clock.run(1_000);
    const polls = world.trace.filter(({ kind }) => kind === 'polled').map(({ at }) => at);
    expect(new Set(polls.slice(1).map((at, index) => at - (polls[index] ?? 0)))).toEqual(new Set([100]));
  });

  it('titles, notes and places restart nothing, and notices carry the new title', async () => {
    const starts = new Map<string, number>();
    const target = scriptedTarget(() => ({ status: 500 }));
    const world = await running(
      withNode(chain, 'call-on', { title: 'Before', work: { breaker: { minimumCalls: 1 }, retry: { attempts: 9 } } }),
      { target, watch: countingStarts(starts) },
    );
    const began = new Map(starts);
    const renamed = withNode(chain, 'call-on', {
      title: 'After',
      notes: 'n',
      work: { breaker: { minimumCalls: 1 }, retry: { attempts: 9 } },
    });
    expect(
      await world.during(world.deploy({ version: 2, document: { ...renamed, title: 'T', layout: { in: [5, 5] } } })),
    ).toEqual({ ok: true, restarted: [] });
    expect(starts).toEqual(began);
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(100);
    expect(world.notices.find(({ kind }) => kind === 'breaker-opened')?.text).toContain('After');
  });

  it('a new title of the pipeline’s name is where its webhooks are from then on', async () => {
    const world = await running(chain);
    await world.during(world.deploy({ version: 2, document: { ...chain, name: 'renamed' } }));
    expect(await world.during(world.send({ id: 'm' }, { pipelineName: 'renamed' }))).toMatchObject({ ok: true });
    expect(await world.during(world.send({ id: 'n' }, { pipelineName: 'plain' }))).toMatchObject({
      problem: { status: 404 },
    });
  });

  it('an open breaker, a rate and a backlog of a node that is only wired anew stay as they are', async () => {
    const document = withNode(aPipeline('in -pull-> call-on -pull-> pass'), 'call-on', {
      work: { breaker: { minimumCalls: 1, openFor: '10m' }, retry: { attempts: 9 } },
    });
    const world = await running(document, { target: scriptedTarget(() => ({ status: 500 })) });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(100);
    const more = withNode(
      aPipeline('in -pull-> call-on -pull-> pass\ncall-on -pull-> pass:other'),
      'call-on',
      document.nodes[1] ?? {},
    );
    expect(await world.during(world.deploy({ version: 2, document: more }))).toEqual({
      ok: true,
      restarted: ['call-on'],
    });
    expect((await world.engine.figures('simulated'))?.nodes['call-on']).toMatchObject({ breaker: 'open' });
    await world.clock.run(60_000);
    expect(world.target.calls).toHaveLength(1);
  });

  it('a touched webhook takes requests by the new version at once, and finishes those that it has', async () => {
    const slow = withNode(aPipeline('in -push-> call'), 'call', { config: { url: 'http://slow' } });
    const world = await running(slow, {
      target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://slow' ? 5_000 : 1 })),
    });
    const first = world.send({ id: 'old' });
    await world.clock.run(100);
    const deployed = world.deploy({
      version: 2,
      document: withNode(slow, 'call', { config: { url: 'http://quick' } }),
    });
    await world.clock.run(10);
    expect(await world.during(world.send({ id: 'new' }), 100)).toMatchObject({ httpStatus: 200 });
    expect(world.target.effects.map(({ url }) => url)).toEqual(['http://quick']);
    expect(await world.during(deployed)).toEqual({ ok: true, restarted: ['in', 'call'] });
    expect(await first).toMatchObject({ httpStatus: 200 });
    expect(world.target.effects.map(({ url }) => url)).toEqual(['http://quick', 'http://slow']);
  });

  it('a request whose body was still read when its webhook changed is taken by the new version', async () => {
    const document = aPipeline('in -pull-> call');
    const world = await running(document);
    const found = world.engine.route({ pipelineName: 'plain', path: 'in', method: 'POST' });
    if (!found.ok) throw new Error('no route');
    await world.during(world.deploy({ version: 2, document: withNode(document, 'in', { work: { workers: 3 } }) }));
    const body = Uint8Array.from('{"id":"m"}', (letter) => letter.charCodeAt(0));
    const answer = found.route.receive({ method: 'POST', path: 'in', query: {}, headers: {}, body });
    expect(await world.during(answer)).toMatchObject({ ok: true, httpStatus: 202 });
  });

  it('what is in hand at the deadline goes back uncounted and is done by the new version', async () => {
    const world = await running(aPipeline('in -pull-> call', { call: { config: { url: 'http://hangs' } } }), {
      target: scriptedTarget(({ url }) => ({ afterMs: url === 'http://hangs' ? 29_900 : 1 })),
    });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(29_890);
    await world.during(world.send({ id: 'n' }));
    const at = world.clock.monotonicMs();
    const deployed = await world.during(world.deploy({ version: 2, document: aPipeline('in -pull-> call') }));
    expect(deployed).toEqual({ ok: true, restarted: ['call'] });
    expect(world.clock.monotonicMs() - at).toBeLessThanOrEqual(30_000);
    await world.clock.run(1_000);
    expect(new Set(bodyIds(world.target.effects))).toEqual(new Set(['m', 'n']));
  });

  it('dead letters carry the version that runs, also where nothing was restarted', async () => {
    const world = await running(chain);
    await world.during(world.deploy({ version: 2, document: { ...chain, title: 'New' } }));
    await world.during(world.send({ id: 'm', bad: true }));
    await world.clock.run(1_000);
    expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 9 })).toMatchObject([
      { version: 2, nodeId: 'pass' },
    ]);
  });

  it('nodes that are to be renewed are prepared again, and nobody else', async () => {
    const prepared: string[] = [];
    const world = await running(chain, {
      behaviours: {
        find: (type) => {
          const behaviour = plainBehaviours.find(type);
          return (
            behaviour && { type, prepare: (context) => (prepared.push(context.nodeId), behaviour.prepare(context)) }
          );
        },
      },
    });
    expect(prepared.splice(0)).toEqual(['in', 'pass', 'call-on', 'call']);
    expect(await world.during(world.deploy({ version: 1, document: chain, renew: ['pass'] }))).toEqual({
      ok: true,
      restarted: ['pass'],
    });
    expect(prepared.splice(0)).toEqual(['pass']);
    await world.during(world.deploy({ version: 2, document: withNode(chain, 'pass', { work: { workers: 2 } }) }));
    expect(prepared).toEqual([]);
  });

  it('a preparation that fails leaves everything as it was', async () => {
    const starts = new Map<string, number>();
    let isBroken = false;
    const world = await running(chain, {
      watch: countingStarts(starts),
      behaviours: {
        find: (type) => {
          const behaviour = plainBehaviours.find(type);
          if (behaviour === undefined || !isBroken) return behaviour;
          return { type, prepare: () => Promise.reject(new Error('no such secret')) };
        },
      },
    });
    const began = new Map(starts);
    isBroken = true;
    const record = await world.store.cursor('simulated/.versions');
    expect(
      await world.during(
        world.deploy({ version: 2, document: withNode(chain, 'call', { config: { url: 'http://x' } }) }),
      ),
    ).toMatchObject({ ok: false, reason: 'findings', findings: [{ message: 'call: no such secret' }] });
    expect(starts).toEqual(began);
    expect(await world.store.cursor('simulated/.versions')).toEqual(record);
    expect((await world.engine.figures('simulated'))?.version).toBe(1);
  });

  it('closing in the midst of a change of version finishes in time and starts nothing', async () => {
    const world = await running(aPipeline('in -pull-> call'), { target: scriptedTarget(() => ({ afterMs: 20_000 })) });
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(100);
    const deployed = world.deploy({
      version: 2,
      document: aPipeline('in -pull-> call', { call: { work: { workers: 2 } } }),
    });
    await world.clock.run(100);
    const at = world.clock.monotonicMs();
    await world.during(world.engine.close({ deadlineMs: 1_000 }));
    expect(world.clock.monotonicMs() - at).toBeLessThanOrEqual(1_100);
    await world.during(deployed);
    await world.clock.run(60_000);
    expect(world.target.calls.filter(({ status }) => status < 300)).toEqual([]);
    expect(await world.store.peek({ source: { queue: 'simulated/w1' }, limit: 1 })).toMatchObject([
      { state: 'waiting', attempts: 0 },
    ]);
  });
});

describe('C12 a wire keeps its queue by its id', () => {
  it('when it leads to another node', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { call: { work: { retry: { base: '1h', cap: '1h' } } } }),
      { target: scriptedTarget(({ at }) => (at < 1_000 ? { status: 500 } : {})) },
    );
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(1_000);
    const elsewhere = aPipeline('in -pull-> call:other', { other: { config: { url: 'http://other' } } });
    expect(await world.during(world.deploy({ version: 2, document: elsewhere }))).toEqual({ ok: true, restarted: [] });
    await world.clock.run(7_200_000);
    expect(new Set(bodyIds(world.target.effects))).toEqual(new Set(['m0', 'm1', 'm2', 'm3', 'm4']));
    expect(new Set(world.target.effects.map(({ url }) => url))).toEqual(new Set(['http://other']));
  });

  it('when it comes from another node, and when its bounds change', async () => {
    const document = aPipeline('in -pull-> call');
    const world = await running(document, { target: scriptedTarget(() => ({ afterMs: 100 })) });
    for (let n = 0; n < 20; n += 1) await world.during(world.send({ id: `m${n}` }));
    const smaller = withWire(document, 'w1', { queue: { capacity: 4 } });
    expect(await world.during(world.deploy({ version: 2, document: smaller }))).toEqual({
      ok: true,
      restarted: ['in'],
    });
    expect(await world.during(world.send({ id: 'late' }))).toMatchObject({ problem: { status: 429 } });
    const between = aPipeline('in -push-> pass -pull-> call', { w1: { id: 'w9' }, w2: { id: 'w1' } });
    expect(await world.during(world.deploy({ version: 3, document: between }))).toEqual({
      ok: true,
      restarted: ['in'],
    });
    expect(await world.during(world.send({ id: 'm20' }))).toMatchObject({ ok: true });
    await world.clock.run(60_000);
    expect(new Set(bodyIds(world.target.effects)).size).toBe(21);
  });
});
