import { describe, expect, it } from 'vitest';
import { chain, event, pull, push, runPlain } from './testing/run-plain.ts';

const arrivals = [
  {
    path: 'in',
    perSecond: 50,
    fromMs: 0,
    toMs: 20_000,
    payload: (n: number) => ({ id: `m${n}`, key: `k${n % 7}`, n }),
  },
];
const roughTarget = { latencyMs: [5, 200], failureRate: 0.2, outages: [{ fromMs: 5_000, toMs: 9_000 }] } as const;

describe('simulation', () => {
  for (const [first, second] of [
    [push, pull],
    [pull, push],
    [event, pull],
    [pull, event],
    [event, event],
  ] as const) {
    const name = `${first.delivery} then ${second.delivery}`;

    it(`C14 gives the same event log for the same seed, ${name}`, async () => {
      const run = () =>
        runPlain(chain([first, second]), { seed: 42, arrivals, target: roughTarget, durationMs: 120_000 });
      const [once, twice] = [await run(), await run()];
      expect(once.trace.length).toBeGreaterThan(1_000);
      expect(JSON.stringify(once.trace)).toBe(JSON.stringify(twice.trace));
      expect(once.received).toEqual(twice.received);
    });

    it(`C2 loses nothing through failures and an outage, ${name}`, async () => {
      const { answers, received, figures, store } = await runPlain(
        chain([first, second], { call: { retry: { attempts: 1000 } }, pass: { retry: { attempts: 1000 } } }),
        {
          seed: 7,
          arrivals,
          target: roughTarget,
          durationMs: 600_000,
        },
      );
      const accepted = answers.filter((answer) => answer.ok);
      expect(accepted.length).toBeGreaterThan(500);
      expect(new Set(received.map((call) => call.body)).size).toBe(accepted.length);
      expect(figures?.totals.depth).toBe(0);
      expect(await store.deadLetters({ pipelineId: 'simulated', limit: 10 })).toEqual([]);
    });
  }

  it('gives another event log for another seed', async () => {
    const run = (seed: number) => runPlain(chain([pull, push]), { seed, arrivals, target: roughTarget });
    expect(JSON.stringify((await run(1)).trace)).not.toBe(JSON.stringify((await run(2)).trace));
  });
});
