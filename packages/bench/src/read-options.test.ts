import { expect, test } from 'vitest';
import type { Benchmark } from './benchmark.ts';
import { readOptions } from './read-options.ts';

const benchmarks: readonly Benchmark[] = ['hop', 'webhook'].map((name) => ({
  name,
  figures: [],
  ours: [],
  others: [],
}));

test('without options everything runs in full', () => {
  expect(readOptions([], benchmarks)).toEqual({ ok: true, quick: false, json: false, chosen: benchmarks });
});

test('some can be chosen, in the order in which they run', () => {
  const read = readOptions(['--only', 'webhook', '--only', 'hop', '--quick', '--json'], benchmarks);
  expect(read).toEqual({ ok: true, quick: true, json: true, chosen: benchmarks });
  expect(readOptions(['--only', 'webhook'], benchmarks)).toMatchObject({ chosen: [{ name: 'webhook' }] });
});

test.each([
  [['--only', 'hops'], '"hops" is not a benchmark.'],
  [['--fast'], '--fast'],
  [['hop'], 'hop'],
  [['--only'], '--only'],
])('%j is refused', (args, complaint) => {
  expect(readOptions(args, benchmarks)).toEqual({ ok: false, complaint: expect.stringContaining(complaint) });
});
