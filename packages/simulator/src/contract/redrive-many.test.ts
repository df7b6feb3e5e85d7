import { OUTSTANDING_MAX } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import {
  bodyIds,
  brokenTarget,
  jobOf,
  lettersOf,
  redriveAll,
  redriveOver,
  sendAll,
  withLetters,
} from '../testing/dead-letters.ts';
import { aPipeline, running } from '../testing/plain-world.ts';

const pipelineId = 'simulated';

describe('O3 a redrive of many', () => {
  it('takes those that are meant, oldest first', async () => {
    const target = brokenTarget();
    const world = await running(aPipeline('in -pull-> pass -pull-> call', { call: { work: { workers: 1 } } }), {
      target,
    });
    await sendAll(world, 9, (n) => ({ bad: n % 3 === 0 }));
    await world.clock.run(10_000);
    target.repair();
    const cause =
      (await world.engine.deadLetterGroups({ pipelineId })).find(({ nodeId }) => nodeId === 'call')?.cause ?? '';
    await redriveAll(world, { filter: { pipelineId, cause } });
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'done', letters: 6, left: 0, redriven: 6, worked: 6, failedAgain: 0 });
    expect(bodyIds(target.effects)).toEqual(['m1', 'm2', 'm4', 'm5', 'm7', 'm8']);
    expect((await lettersOf(world)).map(({ nodeId }) => nodeId)).toEqual(['pass', 'pass', 'pass']);
    expect(world.notices.map(({ kind }) => kind).filter((kind) => kind.startsWith('redrive'))).toEqual([
      'redrive-started',
      'redrive-ended',
    ]);
  });

  it('says beforehand how many by cause, and which have no wire to go to', async () => {
    const target = brokenTarget();
    const world = await running(aPipeline('in -pull-> pass -pull-> call'), { target });
    await sendAll(world, 7, (n) => ({ bad: n < 2 }));
    await world.clock.run(10_000);
    const document = aPipeline('in -pull-> pass -pull-> call');
    const [first, second] = document.wires;
    if (first === undefined || second === undefined) throw new Error('Two wires are drawn');
    await world.during(
      world.deploy({ version: 2, document: { ...document, wires: [{ ...first, id: 'w9' }, second] } }),
    );
    const before = await lettersOf(world);
    const times = { firstAt: expect.any(Number) as number, lastAt: expect.any(Number) as number };
    expect(await world.during(world.engine.forecastRedrive({ filter: { pipelineId } }))).toEqual({
      messages: 5,
      groups: [
        { nodeId: 'call', reason: 'permanent', cause: 'target-status: target answered #', messages: 5, ...times },
        { nodeId: 'pass', reason: 'permanent', cause: 'bad-payload: bad payload', messages: 2, ...times },
      ],
      refused: [{ wireId: 'w1', messages: 2 }],
      hasMore: false,
    });
    expect(await lettersOf(world)).toEqual(before);
    target.repair();
    await redriveAll(world);
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'done', redriven: 5, refused: 2, left: 0 });
    expect(await lettersOf(world)).toHaveLength(2);
  });

  it('sends some first, and stops when they die again', async () => {
    const { world, target } = await withLetters(20);
    await redriveAll(world, { canary: 3 });
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'stopped', redriven: 3, failedAgain: 3, left: 17 });
    expect(jobOf(world).detail).toContain('3 of 3 died again');
    expect(bodyIds(target.calls.slice(20))).toEqual(['m0', 'm1', 'm2']);
    expect(await lettersOf(world)).toHaveLength(20);
  });

  it('sends the rest when those that went first were worked on, and not before', async () => {
    const { world, target } = await withLetters(20, {}, 2_000);
    target.repair();
    await redriveAll(world, { canary: 3 });
    await world.clock.run(1_000);
    expect(jobOf(world)).toMatchObject({ state: 'canary', redriven: 3, left: 17 });
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'done', redriven: 20, worked: 20, left: 0 });
    const [, , , fourth] = target.effects;
    expect(fourth?.at).toBeGreaterThanOrEqual((target.effects[2]?.at ?? 0) + 2_000);
  });

  it('keeps its pace', async () => {
    const { world, target } = await withLetters(50);
    target.repair();
    const from = world.clock.monotonicMs();
    await redriveAll(world, { perSecond: 5 });
    await redriveOver(world);
    const times = target.effects.map(({ at }) => at - from);
    expect(times).toHaveLength(50);
    for (const at of times)
      expect(times.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(6);
    expect(times.at(-1)).toBeGreaterThan(9_000);
    expect(times.at(-1)).toBeLessThan(11_500);
  });

  it('stops by itself when too many die again', async () => {
    const target = brokenTarget();
    const world = await running(aPipeline('in -pull-> call', { call: { work: { workers: 2 } } }), { target });
    await sendAll(world, 60);
    await world.clock.run(60_000);
    await redriveAll(world, { perSecond: 20, stopAtFailureRatio: 0.2 });
    await redriveOver(world);
    const job = jobOf(world);
    expect(job).toMatchObject({ state: 'stopped' });
    expect(job.failedAgain).toBe(job.redriven);
    expect(job.redriven).toBeLessThan(15);
    expect(job.left + job.redriven).toBe(60);
    expect(await lettersOf(world)).toHaveLength(60);
  });

  it('goes on whatever dies again where the ratio allows it', async () => {
    const { world } = await withLetters(30);
    await redriveAll(world, { stopAtFailureRatio: 1 });
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'done', redriven: 30, failedAgain: 30, worked: 0, left: 0 });
    expect(await lettersOf(world)).toHaveLength(30);
  });

  it('ends where it stands when it is cancelled', async () => {
    const { world, target } = await withLetters(30);
    target.repair();
    const { id } = await redriveAll(world, { perSecond: 1 });
    await world.clock.run(5_500);
    expect(world.engine.cancelRedrive({ pipelineId, jobId: 'another' })).toBe(false);
    expect(world.engine.cancelRedrive({ pipelineId, jobId: id })).toBe(true);
    expect(world.engine.cancelRedrive({ pipelineId, jobId: id })).toBe(false);
    await world.clock.run(60_000);
    const job = jobOf(world);
    expect(job).toMatchObject({ state: 'cancelled', redriven: 6, worked: 6, left: 24 });
    expect(target.effects).toHaveLength(6);
    expect(await lettersOf(world)).toHaveLength(24);
  });

  it('is one at a time', async () => {
    const { world, target } = await withLetters(5);
    target.repair();
    const { id } = await redriveAll(world, { perSecond: 1 });
    expect(await world.during(world.engine.startRedrive({ filter: { pipelineId } }))).toEqual({
      ok: false,
      reason: 'under-way',
      jobId: id,
    });
    await redriveOver(world);
    expect((await redriveAll(world)).letters).toBe(0);
    await redriveOver(world);
    expect(world.engine.redrives(pipelineId).map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it('waits for room on a wire, as long as it takes', async () => {
    const { world, target } = await withLetters(20, { w1: { queue: { capacity: 25 } } });
    target.repair();
    await world.during(world.engine.pause(pipelineId));
    for (let n = 0; n < 20; n += 1) {
      const message = { id: `x${n}`, key: '', payload: { id: `x${n}` }, headers: {}, correlationId: 'x', eventTime: 0 };
      await world.store.commit([
        {
          op: 'append',
          queue: 'simulated/w1',
          message: { ...message, enqueuedAt: world.clock.now() },
          limit: { messages: 25, bytes: 99_999 },
        },
      ]);
    }
    await redriveAll(world);
    await world.clock.run(20_000);
    expect(jobOf(world)).toMatchObject({ redriven: 5, left: 15, detail: 'Waits for room on wire w1' });
    await world.during(world.engine.resume(pipelineId));
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'done', redriven: 20, worked: 20 });
    expect(target.effects).toHaveLength(40);
  });

  it('C4 lets no more of them be under way than it can follow', async () => {
    const { world, target } = await withLetters(OUTSTANDING_MAX + 200, {}, 10);
    target.repair();
    await world.during(world.engine.pause(pipelineId));
    await redriveAll(world);
    await world.clock.run(30_000);
    expect(jobOf(world)).toMatchObject({ redriven: OUTSTANDING_MAX, left: 200 });
    expect((await world.engine.figures(pipelineId))?.totals.depth).toBe(OUTSTANDING_MAX);
    await world.during(world.engine.resume(pipelineId));
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'done', worked: OUTSTANDING_MAX + 200 });
  });

  it('does not wait for ever for what was purged, or taken away with its wire', async () => {
    const { world, target } = await withLetters(6);
    target.repair();
    await world.during(world.engine.pause(pipelineId));
    await redriveAll(world, { canary: 3 });
    await world.clock.run(5_000);
    expect(await world.during(world.engine.purge({ pipelineId, wireId: 'w1' }))).toBe(3);
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'stopped', redriven: 3, lostSight: 3, left: 3 });
    await redriveAll(world);
    await world.clock.run(5_000);
    const wires = { removedWires: 'dead-letter' } as const;
    await world.during(world.deploy({ version: 2, document: aPipeline('in -pull-> pass'), ...wires, paused: true }));
    await world.during(world.deploy({ version: 3, document: aPipeline('in -push-> pass'), ...wires }));
    await redriveOver(world);
    expect(jobOf(world)).toMatchObject({ state: 'done', redriven: 3, lostSight: 3 });
  });

  it('ends when the pipeline is taken out of operation', async () => {
    const { world } = await withLetters(10);
    await redriveAll(world, { perSecond: 1 });
    await world.clock.run(2_500);
    await world.during(world.engine.stop(pipelineId));
    await redriveOver(world);
    const { state, redriven, left } = jobOf(world);
    expect(state).toBe('interrupted');
    expect(redriven + left).toBe(10);
  });

  it('O1 O4 a death in its midst loses and doubles nothing, and what is left can be redriven', async () => {
    for (const afterMs of [1, 7, 20, 50, 333]) {
      const target = brokenTarget();
      const world = await running(aPipeline('in -event-> call'), {
        target,
        disk: { commitMs: [1, 5], answerMs: [1, 5], leaseMs: [0, 1] },
      });
      await sendAll(world, 40, (n) => ({ key: `k${n % 5}` }));
      await world.clock.run(60_000);
      expect(await lettersOf(world)).toHaveLength(40);
      target.repair();
      await redriveAll(world);
      await world.clock.run(afterMs);
      world.crash();
      await world.during(world.restart());
      expect(world.engine.redrives(pipelineId)).toEqual([]);
      await world.clock.run(30_000);
      const delivered = new Set(bodyIds(target.effects));
      const left = new Set((await lettersOf(world)).map(({ message }) => (message.payload as { id: string }).id));
      expect(delivered.size + left.size).toBe(40);
      await redriveAll(world);
      await redriveOver(world);
      await world.clock.run(30_000);
      expect(new Set(bodyIds(target.effects)).size).toBe(40);
      expect(await lettersOf(world)).toEqual([]);
      expect(world.failures).toEqual([]);
    }
  });
});
