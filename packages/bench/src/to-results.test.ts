import { expect, test } from 'vitest';
import type { Benchmark, Side } from './benchmark.ts';
import type { SideOutcome } from './measure-sides.ts';
import { toResults } from './to-results.ts';

function unopened(name: string): Side {
  return { name, open: () => Promise.reject(new Error('results are made of what was measured')) };
}

const benchmark: Benchmark = {
  name: 'hop',
  figures: [
    { name: 'hop', unit: 'messages/s', better: 'more', key: 'rate' },
    { name: 'hop-p99', unit: 'ms', better: 'less', key: 'p99', limit: 15, beside: { key: 'p50', name: 'its median' } },
  ],
  ours: [unopened('ours')],
  others: [unopened('raw'), unopened('gone')],
};

function measured(...rounds: readonly Readonly<Record<string, number>>[]): SideOutcome {
  return { kind: 'measured', rounds };
}

test('each figure stands against its limit, the value beside it and every side that has it', () => {
  const results = toResults(
    benchmark,
    new Map([
      ['ours', measured({ rate: 10, p99: 3, p50: 1 }, { rate: 30, p99: 5, p50: 2 }, { rate: 20, p99: 4, p50: 1 })],
      ['raw', measured({ rate: 40 }, { rate: 50 }, { rate: 60 })],
      ['gone', { kind: 'absent', reason: 'there is no gone on this machine' }],
    ]),
  );
  const rate = { name: 'hop', unit: 'messages/s', better: 'more', ours: 20, oursRange: [10, 30] };
  const latency = { name: 'hop-p99', unit: 'ms', better: 'less', ours: 4, oursRange: [3, 5] };
  const none = { baseline: null, baselineRange: null, baselineName: 'gone', ratio: null };
  expect(results).toEqual([
    { ...rate, baseline: 50, baselineRange: [40, 60], baselineName: 'raw', ratio: 0.4 },
    { ...rate, ...none, absent: 'there is no gone on this machine' },
    { ...latency, baseline: 15, baselineRange: [15, 15], baselineName: 'our limit', ratio: 4 / 15 },
    { ...latency, baseline: 1, baselineRange: [1, 2], baselineName: 'its median', ratio: 4 },
    { ...latency, ...none, absent: 'there is no gone on this machine' },
  ]);
});

test('our own side is never absent', () => {
  expect(() => toResults(benchmark, new Map([['ours', { kind: 'absent', reason: 'no disk' }]]))).toThrow(
    'hop: our side ours was not measured: no disk',
  );
});

test('a measurement that lacks its figure is a fault', () => {
  expect(() => toResults(benchmark, new Map([['ours', measured({ rate: Number.NaN, p99: 1, p50: 1 })]]))).toThrow(
    'a measurement has no rate: NaN',
  );
});
