import type { Clock, HttpConnector } from '@sluice/engine';
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
