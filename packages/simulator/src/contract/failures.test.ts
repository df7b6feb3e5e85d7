import { describe, expect, it } from 'vitest';
import { overriding } from '../testing/overriding.ts';
import { aPipeline, running } from '../testing/plain-world.ts';
import { scriptedTarget } from '../testing/scripted-target.ts';

const deadLetters = (world: Awaited<ReturnType<typeof running>>) =>
  world.store.deadLetters({ pipelineId: 'simulated', limit: 100 });

/** Onto the log of `in`, all in one partition. */
const publish = (n: number) => ({
  op: 'publish' as const,
  log: 'simulated/in.out',
  partition: 0,
  message: { id: `m${n}`, key: 'k', payload: { n }, headers: {}, correlationId: 'c', eventTime: 0, enqueuedAt: 0 },
  limit: { bytes: 99_999 },
});

describe('C6 a queue redelivers', () => {
  for (const delivery of ['pull', 'event'] as const) {
    const document = (work: object) =>
      aPipeline(`in -${delivery}-> call`, { call: { work: { breaker: { minimumCalls: 1_000 }, ...work } } });

    it(`after waits that double up to the cap, ${delivery}`, async () => {
      const world = await running(document({ retry: { attempts: 9, base: '1s', cap: '8s' } }), {
        target: scriptedTarget(() => ({ status: 500 })),
      });
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(120_000);
      const { calls } = world.target;
      expect(calls).toHaveLength(9);
      const gaps = calls.slice(1).map((call, index) => call.at - (calls[index]?.at ?? 0));
      for (const [index, gap] of gaps.entries())
        expect(gap).toBeLessThanOrEqual(Math.min(8_000, 1_000 * 2 ** index) + 5);
      // Full jitter: some wait is long, and none is counted in lockstep.
      expect(Math.max(...gaps)).toBeGreaterThan(2_000);
      expect(new Set(gaps).size).toBe(gaps.length);
    });

    it(`until the attempts are used up, then dead-letters with its history, ${delivery}`, async () => {
      const world = await running(document({ retry: { attempts: 3, base: '10ms' } }), {
        target: scriptedTarget(() => ({ status: 500 })),
      });
      const answer = await world.during(world.send({ id: 'm', key: 'k' }));
      await world.clock.run(10_000);
      const [letter, ...others] = await deadLetters(world);
      expect(others).toEqual([]);
      expect(letter).toMatchObject({
        reason: 'attempts-exhausted',
        pipelineId: 'simulated',
        nodeId: 'call',
        wireId: 'w1',
        version: 1,
        attempts: 3,
        error: { code: 'target-status', message: 'target answered 500' },
        history: [{ attempt: 1 }, { attempt: 2 }, { attempt: 3, code: 'target-status' }],
        message: {
          payload: { id: 'm', key: 'k' },
          key: 'k',
          ...(answer?.ok === true ? { id: answer.id, correlationId: answer.correlationId } : {}),
        },
      });
      expect(letter?.message).not.toHaveProperty('attempt');
      expect(world.notices.filter(({ kind }) => kind === 'dead-lettered')).toHaveLength(1);
      expect((await world.engine.figures('simulated'))?.nodes['call']?.deadLetters).toBe(1);
    });

    it(`not beyond its age, ${delivery}`, async () => {
      const world = await running(document({ retry: { attempts: 1_000, base: '500ms', cap: '500ms', maxAge: '5s' } }), {
        target: scriptedTarget(() => ({ status: 500 })),
      });
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(60_000);
      const [letter] = await deadLetters(world);
      expect(letter?.reason).toBe('too-old');
      expect((letter?.deadAt ?? 0) - (letter?.message.enqueuedAt ?? 0)).toBeLessThan(6_000);
    });

    it(`C8 permanent errors go to dead letter at once, ${delivery}`, async () => {
      const world = await running(document({}), { target: scriptedTarget(() => ({ status: 400 })) });
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(60_000);
      expect(world.target.calls).toHaveLength(1);
      expect(await deadLetters(world)).toMatchObject([{ reason: 'permanent', attempts: 1 }]);
    });

    it(`Retry-After holds the whole target and burns no attempt of the others, ${delivery}`, async () => {
      const world = await running(document({ workers: 1 }), {
        target: scriptedTarget(({ at }) => (at < 1_000 ? { status: 429, headers: { 'retry-after': '20' } } : {})),
      });
      for (let n = 0; n < 5; n += 1) await world.during(world.send({ id: `m${n}`, key: `k${n}` }));
      await world.clock.run(19_000);
      expect(world.target.calls).toHaveLength(1);
      expect((await world.engine.figures('simulated'))?.nodes['call']).toMatchObject({ state: 'held', heldBy: 'call' });
      await world.clock.run(10_000);
      expect(world.target.effects).toHaveLength(5);
      expect(world.target.calls).toHaveLength(6);
    });

    it(`C7 while the breaker is open nothing is leased and no attempt is burnt, ${delivery}`, async () => {
      const world = await running(
        aPipeline(`in -${delivery}-> call`, {
          call: {
            work: { workers: 4, breaker: { minimumCalls: 5, openFor: '10s' }, retry: { attempts: 6, base: '1s' } },
          },
        }),
        {
          target: scriptedTarget(({ at }) => (at < 120_000 ? { status: 0 } : {})),
        },
      );
      for (let n = 0; n < 40; n += 1) await world.during(world.send({ id: `m${n}`, key: `k${n}` }));
      await world.clock.run(110_000);
      expect((await world.engine.figures('simulated'))?.verdict).toMatchObject({ kind: 'stuck', nodeId: 'call' });
      expect(world.target.calls.length).toBeLessThan(20);
      await world.clock.run(240_000);
      expect(world.target.effects).toHaveLength(40);
      expect(await deadLetters(world)).toEqual([]);
    });

    it(`C8 a message is quarantined after it was in hand at so many crashes, and those beside it are not, ${delivery}`, async () => {
      let suspectSince: number | undefined;
      const world = await running(document({ workers: 4, quarantineAfter: 3 }), {
        target: scriptedTarget(({ body, at }) => {
          if (body.id === 'm1') suspectSince = at;
          return { afterMs: body.id === 'm1' ? 20_000 : 3_000 };
        }),
      });
      for (let n = 0; n < 8; n += 1) await world.during(world.send({ id: `m${n}`, key: 'k' }));
      for (let crash = 0; crash < 3; crash += 1) {
        // It dies a second after m1 is taken up, as a message that kills its process would have it.
        await world.clock.runUntil(() => suspectSince !== undefined, 60_000);
        await world.clock.run(1_000);
        world.crash();
        suspectSince = undefined;
        await world.during(world.restart());
      }
      await world.clock.run(120_000);
      const letters = await deadLetters(world);
      expect(letters.map(({ message, reason }) => [(message.payload as { id: string }).id, reason])).toEqual([
        ['m1', 'quarantined'],
      ]);
      expect(new Set(world.target.effects.map(({ body }) => body.id))).toEqual(
        new Set(['m0', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7']),
      );
    });

    it(`C3 with the same id every time, also behind a push step and after a crash, ${delivery}`, async () => {
      const world = await running(
        aPipeline(`in -${delivery}-> pass -push-> call`, {
          pass: { work: { retry: { attempts: 20, base: '100ms' } } },
        }),
        {
          target: scriptedTarget(({ nth }) => (nth < 3 ? { status: 500, effect: true } : { afterMs: 1_000 })),
        },
      );
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(900);
      world.crash();
      await world.during(world.restart());
      await world.clock.run(60_000);
      expect(world.target.calls.length).toBeGreaterThan(2);
      expect(new Set(world.target.calls.map(({ id }) => id)).size).toBe(1);
    });
  }

  it('U1 U2 a failure behind a push wire is retried by the queue before it, and nothing of it is stored meanwhile', async () => {
    const world = await running(
      aPipeline('in -pull-> pass -push-> call\npass -pull-> call:other', {
        pass: { work: { retry: { attempts: 4, base: '100ms' } } },
        other: { config: { url: 'http://other' } },
      }),
      { target: scriptedTarget(({ url, nth }) => (url === 'http://target' && nth < 4 ? { status: 500 } : {})) },
    );
    await world.during(world.send({ id: 'm' }));
    await world.clock.run(10_000);
    expect(world.target.calls.map(({ url, status }) => [url, status])).toEqual([
      ['http://target', 500],
      ['http://target', 500],
      ['http://target', 500],
      ['http://target', 200],
      ['http://other', 200],
    ]);
  });

  it('gives a call that never left the line back without an attempt', async () => {
    const world = await running(
      aPipeline('in -pull-> pass -push-> call', {
        w2: { call: { concurrency: 1, line: 10, deadline: '1s' } },
        pass: { work: { workers: 4, retry: { attempts: 50, base: '10ms', cap: '10ms' } } },
        call: { work: { breaker: { minimumCalls: 1_000 } } },
      }),
      { target: scriptedTarget(({ body, nth }) => ({ afterMs: body.id === 'm0' && nth === 1 ? 60_000 : 5 })) },
    );
    for (let n = 0; n < 12; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(120_000);
    expect(new Set(world.target.effects.map(({ body }) => body.id)).size).toBe(12);
    const endings = world.trace.filter(({ detail, kind }) => detail === 'deadline-exceeded' && kind !== 'held-back');
    const count = (wanted: string): number => endings.filter(({ kind }) => kind === wanted).length;
    // Calls that were made and cut short count as attempts. Those in line were not made.
    expect(count('failed')).toBe(count('retry'));
    expect(count('released')).toBeGreaterThan(0);
    expect(count('released')).toBe(endings.length - 2 * count('failed'));
  });

  it('waits for a rate far slower than the deadline without turning in circles', async () => {
    const world = await running(
      aPipeline('in -pull-> pass -push-> call', {
        call: { work: { rateLimit: '1/m' } },
        w2: { call: { deadline: '5s' } },
      }),
    );
    for (let n = 0; n < 3; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(200_000);
    expect(world.target.effects.map(({ body }) => body.id)).toEqual(['m0', 'm1', 'm2']);
    expect(world.trace.length).toBeLessThan(100);
  });

  it('keeps to a rate limit', async () => {
    const world = await running(aPipeline('in -pull-> call', { call: { work: { rateLimit: '5/s' } } }));
    for (let n = 0; n < 60; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(30_000);
    expect(world.target.effects).toHaveLength(60);
    for (const { at } of world.target.effects) {
      expect(
        world.target.effects.filter((other) => other.at >= at && other.at < at + 1_000).length,
      ).toBeLessThanOrEqual(10);
    }
    expect(world.target.effects.filter(({ at }) => at < 10_000).length).toBeLessThanOrEqual(56);
  });
});

describe('C8 nothing disappears without a record', () => {
  it('a message that waited too long is dead-lettered as expired', async () => {
    const world = await running(
      aPipeline('in -pull-> call', { w1: { queue: { expireAfter: '5s' } }, call: { work: { workers: 1 } } }),
      {
        target: scriptedTarget(() => ({ afterMs: 2_000 })),
      },
    );
    for (let n = 0; n < 6; n += 1) await world.during(world.send({ id: `m${n}` }));
    await world.clock.run(60_000);
    const expired = (await deadLetters(world)).filter(({ reason }) => reason === 'expired');
    expect(world.target.effects.length + expired.length).toBe(6);
    expect(expired.length).toBeGreaterThan(2);
  });

  for (const delivery of ['pull', 'event'] as const) {
    it(`U6 a message whose outputs never fit behind it is given up, and those behind it flow on, ${delivery}`, async () => {
      const world = await running(
        aPipeline(`in -${delivery}-> split -pull-> call`, {
          split: { config: { parts: 6 } },
          w2: { queue: { capacity: 5 } },
        }),
      );
      await world.during(world.send({ id: 'm' }));
      await world.clock.run(10_000);
      expect(await deadLetters(world)).toMatchObject([
        { reason: 'permanent', nodeId: 'split', error: { code: 'too-large-for-wire' } },
      ]);
      expect((await world.engine.figures('simulated'))?.totals.depth).toBe(0);
    });
  }

  it('two messages of one id that die at one moment leave two records', async () => {
    const world = await running(aPipeline('in -pull-> pass'));
    const message = {
      id: 'same',
      key: '',
      payload: { bad: true },
      headers: {},
      correlationId: 'c',
      eventTime: 0,
      enqueuedAt: 0,
    };
    const append = { op: 'append', queue: 'simulated/w1', message, limit: { messages: 9, bytes: 9_999 } } as const;
    await world.store.commit([append, append]);
    await world.clock.run(1_000);
    expect(await deadLetters(world)).toHaveLength(2);
  });
});

describe('C2 the commit behind work', () => {
  it('what was worked on is committed while the next message of its partition is still worked on', async () => {
    const world = await running(
      aPipeline('in -event-> call-on -pull-> call', {
        w1: { log: { partitions: 1 } },
        'call-on': { config: { url: 'http://step' } },
      }),
      {
        target: scriptedTarget(({ url, body }) => ({ afterMs: url === 'http://step' && body.n === 2 ? 20_000 : 1 })),
        disk: { commitMs: [5, 5], answerMs: [5, 5], leaseMs: [0, 0] },
      },
    );
    await world.store.commit([0, 1, 2].map(publish));
    await world.clock.run(1_000);
    expect(world.target.effects.filter(({ url }) => url === 'http://target').map(({ body }) => body.n)).toEqual([0, 1]);
  });

  it('a failing store does not leave a rejection unhandled', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    let isBroken = false;
    const world = await running(aPipeline('in -event-> call', { w1: { log: { partitions: 1 } } }), {
      target: scriptedTarget(({ body }) => ({ afterMs: body.n === 0 ? 1 : 500 })),
      disk: { commitMs: [5, 5], answerMs: [5, 5], leaseMs: [1, 1] },
      watch: (store) =>
        overriding(store, {
          commit: async (operations) => {
            if (isBroken) throw new Error('disk gone');
            return store.commit(operations);
          },
        }),
    });
    await world.during(world.engine.pause('simulated'));
    await world.store.commit([0, 1, 2].map(publish));
    isBroken = true;
    await world.engine.resume('simulated');
    await world.clock.run(5_000);
    expect(world.failures).toHaveLength(1);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
