import type { Clock, HttpConnector, IngressAnswer } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget, type ScriptedTarget } from '../testing/scripted-target.ts';

/** The time that each call was given, by the address called. */
function timed(target: ScriptedTarget): { readonly target: ScriptedTarget; readonly given: [string, number][] } {
  const given: [string, number][] = [];
  const connect = (clock: Clock): HttpConnector => {
    const http = target.connect(clock);
    return {
      call: (call) => {
        given.push([call.url, call.timeoutMs]);
        return http.call(call);
      },
    };
  };
  return { target: { ...target, connect }, given };
}

describe('U5 the deadline travels with a call', () => {
  it('and every call behind it sees what is left', async () => {
    const { target, given } = timed(scriptedTarget(() => ({ afterMs: 1_000 })));
    const world = await running(
      aPipeline('in -push-> call-on -push-> call', {
        w1: { call: { deadline: '5s' } },
        'call-on': { config: { url: 'http://first' }, work: { timeout: '30s' } },
        call: { config: { url: 'http://second' }, work: { timeout: '30s' } },
      }),
      { target },
    );
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: true });
    expect(given).toEqual([
      ['http://first', 5_000],
      ['http://second', 4_000],
    ]);
  });

  it('and the shorter of two holds', async () => {
    const { target, given } = timed(scriptedTarget(() => ({ afterMs: 1_000 })));
    const world = await running(
      aPipeline('in -push-> call-on -push-> call', {
        w1: { call: { deadline: '20s' } },
        w2: { call: { deadline: '2s' } },
        'call-on': { work: { timeout: '30s' } },
        call: { work: { timeout: '10s' } },
      }),
      { target },
    );
    await world.during(world.send({ id: 'm' }));
    expect(given.map(([, ms]) => ms)).toEqual([20_000, 2_000]);
  });
});

describe('C7 a call that its caller cut short', () => {
  const hanging = (deadline: string, timeout: string) =>
    running(
      aPipeline('in -push-> call', {
        w1: { call: { deadline } },
        call: { work: { timeout, breaker: { minimumCalls: 5, window: '10m' } } },
      }),
      { target: scriptedTarget(() => ({ afterMs: 600_000 })) },
    );

  it('says nothing about the target: its breaker stays closed', async () => {
    const world = await hanging('1s', '30s');
    for (let n = 0; n < 12; n += 1) {
      expect(await world.during(world.send({ id: `m${n}` }))).toMatchObject({
        ok: false,
        problem: { status: 504, code: 'deadline-exceeded' },
      });
    }
    expect((await world.engine.figures('simulated'))?.nodes['call']?.breaker).toBe('closed');
  });

  it("is not the one that took longer than the node's own timeout: that opens the breaker", async () => {
    const world = await hanging('30s', '1s');
    for (let n = 0; n < 5; n += 1)
      expect(await world.during(world.send({ id: `m${n}` }))).toMatchObject({ problem: { code: 'target-timeout' } });
    expect((await world.engine.figures('simulated'))?.nodes['call']?.breaker).toBe('open');
  });
});

const statusOf = (answer: IngressAnswer | undefined): number | undefined =>
  answer?.ok === true ? answer.httpStatus : answer?.problem.status;

describe('C5 shed: the lowest priority in line makes way', () => {
  const shedding = (line: number) =>
    running(
      aPipeline('in -push-> call', {
        w1: { call: { concurrency: 1, line, overflow: 'shed', priority: 'urgency', deadline: '20s' } },
      }),
      { target: scriptedTarget(() => ({ afterMs: 1_000 })) },
    );

  it('is told 503 with a Retry-After, and is counted', async () => {
    const world = await shedding(2);
    const urgencies = [4, 1, 2, 9, 0, 5];
    const answers = await world.during(
      Promise.all(urgencies.map((urgency) => world.send({ id: `u${urgency}`, urgency }))),
    );
    expect(new Map(answers.map((answer, index) => [urgencies[index], statusOf(answer)]))).toEqual(
      new Map([
        [4, 200],
        [1, 503],
        [2, 503],
        [9, 200],
        [0, 503],
        [5, 200],
      ]),
    );
    expect(answers[1]).toMatchObject({ ok: false, problem: { code: 'shed', retryAfterSeconds: 1 } });
    expect(world.target.effects.map(({ body }) => body.urgency as number)).toEqual([4, 9, 5]);
    const figures = await world.engine.figures('simulated');
    expect(figures?.wires['w1']).toMatchObject({ shed: 3, late: 0 });
    expect(figures?.nodes['in']?.refused).toBe(3);
    expect(world.trace.filter(({ kind }) => kind === 'shed')).toHaveLength(3);
    expect(await world.store.recall('simulated/in', 'u1')).toBeUndefined();
  });

  it('takes the highest priority out of the line first, and none waits for ever', async () => {
    const world = await shedding(20);
    const answers = [world.send({ id: 'first', urgency: 0 }), world.send({ id: 'low', urgency: 0 })];
    for (let n = 0; n < 12; n += 1) answers.push(world.send({ id: `high${n}`, urgency: 9 }));
    await world.during(Promise.all(answers));
    // Let in at the eighth turn, although others of a higher priority were in line.
    expect(world.target.effects.map(({ body }) => body.id as string).indexOf('low')).toBe(8);
  });

  it('gives what a wire redelivers back without an attempt', async () => {
    const world = await running(
      aPipeline('in -pull-> pass -push-> call', {
        pass: { work: { workers: 8 } },
        w2: { call: { concurrency: 1, line: 1, overflow: 'shed', priority: 'urgency' } },
      }),
      { target: scriptedTarget(() => ({ afterMs: 100 })) },
    );
    for (let n = 0; n < 12; n += 1) await world.during(world.send({ id: `m${n}`, urgency: n % 10 }));
    await world.clock.run(10_000);
    expect(world.target.effects).toHaveLength(12);
    expect(world.trace.some(({ kind }) => kind === 'retry')).toBe(false);
  });
});

describe('U5 a push wire with more calls than time', () => {
  it('still answers as many as it can: work is not begun for callers who will be gone', async () => {
    const { target, given } = timed(scriptedTarget(() => ({ afterMs: 100 })));
    const world = await running(
      aPipeline('in -push-> call', {
        w1: { call: { concurrency: 2, line: 1_000, deadline: '1s' } },
        call: { work: { timeout: '30s', breaker: { minimumCalls: 1_000_000 } } },
      }),
      { target },
    );
    // Twenty per second can be done. Three times as many come, for half a minute.
    const answers: Promise<IngressAnswer | undefined>[] = [];
    for (let n = 0; n < 1_800; n += 1) {
      answers.push(world.send({ id: `m${n}` }));
      await world.clock.run(1_000 / 60);
    }
    const told = await world.during(Promise.all(answers));
    const answered = told.filter((answer) => answer?.ok === true).length;
    expect(answered).toBeGreaterThan(600 * 0.9);
    expect(new Set(told.map(statusOf))).toEqual(new Set([200, 504]));
    // Hardly any call was begun that nobody waited for in the end.
    expect(given.length - answered).toBeLessThan(60);
    expect((await world.engine.figures('simulated'))?.wires['w1']?.late).toBe(told.length - given.length);
  });
});

describe('C13 a stop', () => {
  it('does not wait for calls in line beyond its deadline', async () => {
    const world = await running(
      aPipeline('in -push-> call', { w1: { call: { concurrency: 1, line: 5, deadline: '10m' } } }),
      { target: scriptedTarget(() => ({ afterMs: 300_000 })) },
    );
    const answers = ['a', 'b'].map((id) => world.send({ id }));
    await world.clock.run(1_000);
    const before = world.clock.monotonicMs();
    await world.during(world.engine.close({ deadlineMs: 5_000 }));
    expect(world.clock.monotonicMs() - before).toBeLessThanOrEqual(5_000);
    for (const answer of answers) expect(await world.during(answer)).toMatchObject({ problem: { status: 503 } });
  });
});
