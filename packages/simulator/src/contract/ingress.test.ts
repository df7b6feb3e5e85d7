import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

describe('C1 what a webhook is told', () => {
  it('is 200 when a push chain delivered it', async () => {
    const world = await running(aPipeline('in -push-> pass -push-> call'));
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({
      ok: true,
      httpStatus: 200,
      status: 'delivered',
    });
    expect(world.target.effects).toHaveLength(1);
  });

  for (const drawing of [
    'in -pull-> call',
    'in -event-> call',
    'in -push-> pass -pull-> call',
    'in -push-> pass -event-> call',
  ]) {
    it(`is 202 when it is on disk, and a crash right afterwards loses nothing: ${drawing}`, async () => {
      const world = await running(aPipeline(drawing), {
        target: scriptedTarget(() => ({ afterMs: 100 })),
        disk: { commitMs: [5, 5], answerMs: [5, 5], leaseMs: [1, 1] },
      });
      expect(await world.during(world.send({ id: 'm' }))).toMatchObject({
        ok: true,
        httpStatus: 202,
        status: 'accepted',
      });
      world.crash();
      expect(world.target.effects).toHaveLength(0);
      await world.during(world.restart());
      await world.clock.run(5_000);
      expect(world.target.effects.map(({ body }) => body.id)).toEqual(['m']);
    });
  }

  it('comes only after the commit has taken effect', async () => {
    const world = await running(aPipeline('in -pull-> call'), {
      disk: { commitMs: [50, 50], answerMs: [0, 0], leaseMs: [0, 0] },
    });
    const answer = world.send({ id: 'm' });
    await world.clock.run(40);
    world.crash();
    expect(await world.during(answer)).toBeUndefined();
    expect(await world.store.queues('simulated/')).toEqual([]);
  });

  it("is the behaviour's own problem when it is refused, and 500 when the behaviour breaks down", async () => {
    const world = await running(aPipeline('in -pull-> call'));
    expect(await world.during(world.send({ forged: true }))).toMatchObject({
      ok: false,
      problem: { status: 401, code: 'signature-invalid' },
    });
    const found = world.engine.route({ pipelineName: 'plain', path: 'in', method: 'POST' });
    if (!found.ok) throw new Error('no route');
    const answer = await found.route.receive({
      method: 'POST',
      path: 'in',
      query: {},
      headers: {},
      body: new Uint8Array([123]),
    });
    expect(answer).toMatchObject({ ok: false, problem: { status: 500, code: 'unexpected' } });
    expect(world.failures).toEqual([]);
  });

  it('is 404 or 405 where there is no webhook', async () => {
    const { engine } = await running(aPipeline('in -pull-> call'));
    expect(engine.route({ pipelineName: 'other', path: 'in', method: 'POST' })).toMatchObject({
      problem: { status: 404, code: 'pipeline-unknown' },
    });
    expect(engine.route({ pipelineName: 'plain', path: 'x', method: 'POST' })).toMatchObject({
      problem: { status: 404, code: 'webhook-unknown' },
    });
    expect(engine.route({ pipelineName: 'plain', path: 'in', method: 'GET' })).toMatchObject({
      problem: { status: 405 },
      allow: ['POST'],
    });
  });
});

describe("C6 a push chain that fails is the caller's to retry", () => {
  const failing = [
    ['502 when the target fails', { status: 500 }, { status: 502, code: 'target-status' }],
    ['502 when the target refuses for good', { status: 400 }, { status: 502, code: 'target-status' }],
    ['504 when the target takes too long', { afterMs: 60_000 }, { status: 504, code: 'target-timeout' }],
  ] as const;
  for (const [name, reaction, problem] of failing) {
    it(`answers ${name}, and keeps nothing`, async () => {
      const world = await running(aPipeline('in -push-> pass -push-> call', { call: { work: { timeout: '2s' } } }), {
        target: scriptedTarget(() => reaction),
      });
      expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: false, problem });
      expect(await world.store.deadLetters({ pipelineId: 'simulated', limit: 1 })).toEqual([]);
      expect(await world.store.recall('simulated/in', 'm')).toBeUndefined();
    });
  }

  it('answers 503 with the rest the target asked for, without calling it', async () => {
    const world = await running(aPipeline('in -push-> call'), {
      target: scriptedTarget(({ at }) => (at < 1_000 ? { status: 429, headers: { 'retry-after': '7' } } : {})),
    });
    expect(await world.during(world.send({ id: 'a' }))).toMatchObject({ ok: false, problem: { status: 502 } });
    expect(await world.during(world.send({ id: 'b' }))).toMatchObject({
      ok: false,
      problem: { status: 503, retryAfterSeconds: 7 },
    });
    expect(world.target.calls).toHaveLength(1);
    await world.clock.run(7_000);
    expect(await world.during(world.send({ id: 'b' }))).toMatchObject({ ok: true });
  });

  it('C7 answers 503 at once while the breaker is open, and 200 when a probe found the target well', async () => {
    const world = await running(
      aPipeline('in -push-> call', { call: { work: { breaker: { minimumCalls: 3, openFor: '10s' } } } }),
      {
        target: scriptedTarget(({ at }) => (at < 5_000 ? { status: 500 } : {})),
      },
    );
    for (const id of ['a', 'b', 'c'])
      expect(await world.during(world.send({ id }))).toMatchObject({ ok: false, problem: { status: 502 } });
    const calls = world.target.calls.length;
    expect(await world.during(world.send({ id: 'd' }))).toMatchObject({
      ok: false,
      problem: { status: 503, code: 'target-unavailable' },
    });
    expect(world.target.calls).toHaveLength(calls);
    await world.clock.run(15_000);
    expect(await world.during(world.send({ id: 'e' }))).toMatchObject({ ok: true, httpStatus: 200 });
    expect((await world.engine.figures('simulated'))?.nodes['call']?.breaker).toBe('closed');
  });

  it('tries in place within the deadline where the document says so', async () => {
    const world = await running(
      aPipeline('in -push-> call', { call: { work: { retry: { attempts: 3, base: '100ms' } } } }),
      {
        target: scriptedTarget(({ nth }) => (nth < 3 ? { status: 500 } : {})),
      },
    );
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: true, httpStatus: 200 });
    expect(world.target.calls).toHaveLength(3);
  });

  it("answers 504 when the wire's deadline passes", async () => {
    const world = await running(aPipeline('in -push-> call', { w1: { call: { deadline: '2s' } } }), {
      target: scriptedTarget(() => ({ afterMs: 9_000 })),
    });
    const before = world.clock.monotonicMs();
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: false, problem: { status: 504 } });
    expect(world.clock.monotonicMs() - before).toBe(2_000);
  });
});

describe('C5 overflow of a push wire', () => {
  const slow = () => scriptedTarget(() => ({ afterMs: 1_000 }));

  it('reject answers 429 beyond concurrency and line', async () => {
    const world = await running(aPipeline('in -push-> call', { w1: { call: { concurrency: 2, line: 1 } } }), {
      target: slow(),
    });
    const answers = await world.during(Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => world.send({ id }))));
    expect(answers.map((answer) => (answer?.ok === true ? answer.httpStatus : answer?.problem.status))).toEqual([
      200, 200, 200, 429, 429,
    ]);
    expect(world.target.most()).toBe(2);
  });

  it('wait lets callers wait beyond the line, up to the deadline', async () => {
    const world = await running(
      aPipeline('in -push-> call', { w1: { call: { concurrency: 1, line: 1, overflow: 'wait', deadline: '4500ms' } } }),
      { target: slow() },
    );
    const answers = await world.during(Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => world.send({ id }))));
    expect(answers.map((answer) => (answer?.ok === true ? answer.httpStatus : answer?.problem.status))).toEqual([
      200, 200, 200, 200, 504, 504,
    ]);
    expect(world.target.most()).toBe(1);
  });

  it('wait takes callers that come one after the other, however many wait already', async () => {
    const world = await running(
      aPipeline('in -push-> call', { w1: { call: { concurrency: 1, line: 0, overflow: 'wait' } } }),
      { target: slow() },
    );
    const answers: Promise<unknown>[] = [];
    for (const id of ['a', 'b', 'c', 'd']) {
      answers.push(world.send({ id }));
      await world.clock.run(10);
    }
    for (const answer of answers) expect(await world.during(answer)).toMatchObject({ ok: true });
  });
});

describe('C5 back-pressure reaches a webhook', () => {
  const refusedAt = { status: 429, code: 'wire-full' };

  it('answers 429 with the time to drain, and takes messages again at the low-water mark', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { w1: { queue: { capacity: 50 } }, call: { work: { workers: 1 } } }),
      {
        target: scriptedTarget(() => ({ afterMs: 500 })),
      },
    );
    let sent = 0;
    let refused: unknown;
    // Two per second leave, ten per second come: full after six seconds.
    while (refused === undefined) {
      const answer = await world.during(world.send({ id: `m${(sent += 1)}` }));
      if (answer?.ok === false) refused = answer.problem;
      await world.clock.run(100);
    }
    // Ten too many at two per second, as far as six seconds tell.
    expect(refused).toMatchObject({ ...refusedAt, retryAfterSeconds: 6 });
    expect((await world.engine.figures('simulated'))?.wires['w1']).toMatchObject({ state: 'full', depth: 50 });
    // 50 -> 40 at two per second.
    await world.clock.run(3_500);
    expect(await world.during(world.send({ id: 'early' }))).toMatchObject({ ok: false, problem: refusedAt });
    await world.clock.run(2_000);
    expect(await world.during(world.send({ id: 'late' }))).toMatchObject({ ok: true });
  });

  it('is answered 429 too when the commit itself finds no room', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { w1: { queue: { capacity: 3 } }, call: { work: { workers: 1 } } }),
      {
        target: scriptedTarget(() => ({ afterMs: 9_000 })),
        disk: { commitMs: [5, 5], answerMs: [0, 0], leaseMs: [0, 0] },
      },
    );
    const answers = await world.during(Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => world.send({ id }))));
    const refusals = answers.flatMap((answer) => (answer?.ok === false ? [answer.problem] : []));
    expect(refusals).toHaveLength(2);
    for (const problem of refusals) expect(problem).toMatchObject(refusedAt);
  });

  it('is felt through a push chain, hop by hop', async () => {
    const world = await running(
      aPipeline('in -push-> pass -pull-> call', { w2: { queue: { capacity: 2 } }, call: { work: { workers: 1 } } }),
      {
        target: scriptedTarget(() => ({ afterMs: 9_000 })),
      },
    );
    for (const id of ['a', 'b'])
      expect(await world.during(world.send({ id }))).toMatchObject({ ok: true, httpStatus: 202 });
    expect(await world.during(world.send({ id: 'c' }))).toMatchObject({ ok: false, problem: refusedAt });
  });

  it('U6 is answered 413 where a message is larger than its wire may ever hold', async () => {
    const world = await running(
      aPipeline('in -push-> split -pull-> call', { split: { config: { parts: 6 } }, w2: { queue: { capacity: 5 } } }),
    );
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({
      ok: false,
      problem: { status: 413, code: 'too-large-for-wire' },
    });
    expect((await world.engine.figures('simulated'))?.wires['w2']?.state).toBe('open');
  });
});

describe('C9 idempotency at receipt', () => {
  for (const drawing of ['in -push-> call', 'in -pull-> call', 'in -event-> call']) {
    it(`tells a repeat that it is one and works once: ${drawing}`, async () => {
      const world = await running(aPipeline(drawing));
      const first = await world.during(world.send({ id: 'm' }));
      const again = await world.during(world.send({ id: 'm' }));
      if (first?.ok !== true) throw new Error('refused');
      expect(again).toMatchObject({ ok: true, httpStatus: 200, status: 'duplicate', id: first.id });
      await world.clock.run(1_000);
      expect(world.target.effects).toHaveLength(1);
      expect((await world.engine.figures('simulated'))?.nodes['in']?.duplicates).toBe(1);
    });

    it(`lets a repeat that comes meanwhile wait for the first: ${drawing}`, async () => {
      const world = await running(aPipeline(drawing), {
        target: scriptedTarget(() => ({ afterMs: 500 })),
        disk: { commitMs: [5, 5], answerMs: [5, 5], leaseMs: [1, 1] },
      });
      const answers = await world.during(Promise.all([1, 2, 3].map(() => world.send({ id: 'm' }))));
      expect(answers.map((answer) => answer?.ok === true && answer.status)).toEqual([
        drawing.includes('push') ? 'delivered' : 'accepted',
        'duplicate',
        'duplicate',
      ]);
      await world.clock.run(1_000);
      expect(world.target.effects).toHaveLength(1);
    });

    it(`knows a repeat after a crash: ${drawing}`, async () => {
      const world = await running(aPipeline(drawing));
      await world.during(world.send({ id: 'm' }));
      world.crash();
      await world.during(world.restart());
      expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ status: 'duplicate' });
      await world.clock.run(1_000);
      expect(world.target.effects).toHaveLength(1);
    });
  }

  it('does not know a message that failed: the sender may send it again', async () => {
    const world = await running(aPipeline('in -push-> call'), {
      target: scriptedTarget(({ at }) => (at < 100 ? { status: 500 } : {})),
    });
    const answers = await world.during(Promise.all([world.send({ id: 'm' }), world.send({ id: 'm' })]));
    expect(answers).toMatchObject([
      { ok: false, problem: { status: 502 } },
      { ok: false, problem: { status: 502 } },
    ]);
    await world.clock.run(200);
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ ok: true, status: 'delivered' });
  });

  it('forgets keys when their window is over', async () => {
    const world = await running(aPipeline('in -pull-> call'));
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(3_600_000 + 20_000);
    expect(await world.during(world.send({ id: 'm' }))).toMatchObject({ status: 'accepted' });
  });
});

describe('C1 a store that fails', () => {
  it('is reported once, stops everything, and accepts nothing', async () => {
    let isBroken = false;
    const broken = async (): Promise<never> => {
      throw new Error('disk gone');
    };
    const world = await running(aPipeline('in -pull-> call'), {
      watch: (store) => overriding(store, { commit: (operations) => (isBroken ? broken() : store.commit(operations)) }),
    });
    for (let n = 0; n < 5; n += 1) await world.during(world.send({ id: `m${n}` }));
    isBroken = true;
    await expect(world.during(world.send({ id: 'x' }))).rejects.toThrow('disk gone');
    await world.clock.run(60_000);
    expect(world.failures).toHaveLength(1);
    expect(await world.during(world.send({ id: 'y' }))).toMatchObject({ ok: false, problem: { status: 503 } });
    const calls = world.target.calls.length;
    await world.clock.run(600_000);
    expect(world.target.calls).toHaveLength(calls);
  });

  it('while a poller asks for its cursor is no failed poll', async () => {
    let isBroken = false;
    const world = await running(aPipeline('tick -pull-> call'), {
      watch: (store) =>
        overriding(store, {
          cursor: (source) => (isBroken ? Promise.reject(new Error('disk gone')) : store.cursor(source)),
        }),
    });
    await world.clock.run(1_000);
    isBroken = true;
    await world.clock.run(5_000);
    expect(world.failures).toHaveLength(1);
    expect(world.trace.some(({ kind }) => kind === 'poll-failed')).toBe(false);
  });
});
