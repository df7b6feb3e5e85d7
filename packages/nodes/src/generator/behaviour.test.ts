import type { Json, Output } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { aPoll, createNodeBench, NOON } from '../testing/node-bench.ts';
import { generatorBehaviour } from './behaviour.ts';

const SECOND = 1_000;
const bench = createNodeBench(generatorBehaviour);
const prepare = (config: Readonly<Record<string, unknown>>) => bench.prepare('pull-source', config);

/** Runs the generator on its own schedule until `untilMs` after noon. */
async function run(config: Readonly<Record<string, unknown>>, untilMs: number) {
  const node = await prepare(config);
  const outputs: Output[] = [];
  const batches: number[] = [];
  let cursor: Json | undefined;
  let now = NOON;
  while (now <= NOON + untilMs) {
    const page = await node.poll(aPoll(cursor, now));
    if (page.cursor !== undefined) cursor = page.cursor;
    outputs.push(...page.outputs);
    batches.push(page.outputs.length);
    now += page.nextPollMs;
  }
  return { outputs, batches, times: outputs.map(({ eventTime = 0 }) => eventTime - NOON), cursor };
}

const perSecond = (times: readonly number[], from: number, to: number) =>
  (times.filter((time) => time >= from && time < to).length * SECOND) / (to - from);

describe('traffic', () => {
  test('at a constant rate is evenly spaced and numbered without gaps', async () => {
    const { outputs, times } = await run({ rate: '10/s' }, 999);
    expect(times).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(outputs.map(({ payload }) => (payload as { seq: number }).seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(outputs.map(({ identity }) => identity)).size).toBe(10);
  });

  test('at a high rate comes in batches, none missing', async () => {
    const { times, batches } = await run({ rate: '2000/s' }, 2 * SECOND - 1);
    expect(times.length).toBeGreaterThan(3_700);
    expect(perSecond(times, 0, 1_800)).toBeCloseTo(2_000, 0);
    expect(Math.max(...batches)).toBeLessThanOrEqual(500);
  });

  test('at a low rate waits', async () => {
    const { times, batches } = await run({ rate: '2/m' }, 119 * SECOND);
    expect(times).toEqual([0, 30_000, 60_000, 90_000]);
    expect(batches).toEqual([1, 1, 1, 1]);
  });

  test('by chance comes around its rate, unevenly', async () => {
    const { times } = await run({ pattern: 'poisson', rate: '50/s' }, 60 * SECOND);
    expect(perSecond(times, 0, 60 * SECOND)).toBeGreaterThan(44);
    expect(perSecond(times, 0, 60 * SECOND)).toBeLessThan(56);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    // Of exponential gaps the deviation is the mean.
    expect(deviation / mean).toBeGreaterThan(0.85);
    expect(deviation / mean).toBeLessThan(1.15);
  });

  test('in spikes peaks when it should', async () => {
    const { times } = await run(
      { pattern: 'spike', rate: '5/s', peak: '100/s', spikeEvery: '10s', spikeFor: '2s' },
      25 * SECOND,
    );
    expect(perSecond(times, 0, 10 * SECOND)).toBeCloseTo(5, 0);
    expect(perSecond(times, 10 * SECOND, 12 * SECOND)).toBeCloseTo(100, -1);
    expect(perSecond(times, 12 * SECOND, 20 * SECOND)).toBeCloseTo(5, 0);
    expect(perSecond(times, 20 * SECOND, 22 * SECOND)).toBeCloseTo(100, -1);
  });

  test('does not leap over a spike between two messages of a low rate', async () => {
    const { times } = await run(
      { pattern: 'spike', rate: '1/m', peak: '10/s', spikeEvery: '10s', spikeFor: '1s' },
      12 * SECOND,
    );
    expect(times.filter((time) => time >= 10 * SECOND && time < 11 * SECOND).length).toBeGreaterThanOrEqual(9);
  });

  test('ends at its limit', async () => {
    const { outputs, batches } = await run({ rate: '10/s', limit: 7 }, 10 * SECOND);
    expect(outputs).toHaveLength(7);
    expect(batches.length).toBeLessThanOrEqual(8);
  });
});

describe('after a pause', () => {
  test('one second is made up for, the rest is skipped, and the numbers go on', async () => {
    const node = await prepare({ rate: '100/s' });
    const first = await node.poll(aPoll(undefined, NOON));
    const late = await node.poll(aPoll(first.cursor, NOON + 3_600_000));
    expect(late.outputs.length).toBeGreaterThanOrEqual(100);
    expect(late.outputs.length).toBeLessThanOrEqual(101);
    expect(late.outputs[0]).toMatchObject({ payload: { seq: 2 } });
  });

  test('at the highest rate it is still no more than a batch at a time', async () => {
    const node = await prepare({ rate: '20000/s' });
    const first = await node.poll(aPoll(undefined, NOON));
    const late = await node.poll(aPoll(first.cursor, NOON + 3_600_000));
    expect(late).toMatchObject({ nextPollMs: 0 });
    expect(late.outputs).toHaveLength(500);
  });

  test('nothing is made while nothing is due', async () => {
    const node = await prepare({ rate: '1/s' });
    const first = await node.poll(aPoll(undefined, NOON));
    const early = await node.poll(aPoll(first.cursor, NOON + 400));
    expect(early).toMatchObject({ outputs: [], nextPollMs: 600 });
    expect(early).not.toHaveProperty('cursor');
  });
});

describe('a poll that is repeated', () => {
  test.each(['constant', 'poisson'])('gives the same messages, times and ids (%s)', async (pattern) => {
    const node = await prepare({ pattern, rate: '50/s', payload: '{ "n": seq, "r": $random(), "u": $uuid() }' });
    const first = await node.poll(aPoll(undefined, NOON));
    const once = await node.poll(aPoll(first.cursor, NOON + 500));
    const again = await node.poll(aPoll(first.cursor, NOON + 700));
    expect(once.outputs.length).toBeGreaterThan(5);
    expect(again.outputs.slice(0, once.outputs.length)).toEqual(once.outputs);
  });
});

describe('the payload', () => {
  test('without an expression is number, time and id', async () => {
    const { outputs } = await run({ rate: '1/s' }, 0);
    expect(outputs[0]?.payload).toEqual({
      seq: 1,
      at: '2026-06-01T12:00:00.000Z',
      id: expect.stringMatching(/^[0-9a-z]+-1$/),
    });
  });

  test('with one is what it says, and gives the key', async () => {
    const { outputs } = await run(
      { rate: '1/s', payload: '{ "order": "o" & seq, "customer": "c1" }', key: 'customer' },
      0,
    );
    expect(outputs[0]).toMatchObject({ payload: { order: 'o1', customer: 'c1' }, key: 'c1' });
  });

  test('that is nothing fails the poll', async () => {
    const node = await prepare({ rate: '1/s', payload: 'missing' });
    await expect(node.poll(aPoll(undefined))).rejects.toMatchObject({ code: 'expression-empty' });
  });
});

test.each([
  { rate: '0/s' },
  { rate: '20001/s' },
  { rate: 'fast' },
  { rate: '1/s', pattern: 'spike' },
  { rate: '10/s', pattern: 'spike', peak: '5/s' },
])('%j is refused', async (config) => {
  await expect(prepare(config)).rejects.toMatchObject({ code: 'config-invalid' });
});
