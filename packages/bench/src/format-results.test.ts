import { expect, test } from 'vitest';
import type { BenchmarkResult } from './benchmark.ts';
import { formatResults } from './format-results.ts';

const hop: BenchmarkResult = {
  name: 'hop',
  unit: 'messages/s',
  better: 'more',
  ours: 98_765.4,
  oursRange: [90_000, 99_000],
  baseline: 123_456.7,
  baselineRange: [120_000, 125_000],
  baselineName: 'raw LMDB, synced',
  ratio: 0.8,
};

test('results stand under each other, and what is absent says why', () => {
  const gone: BenchmarkResult = {
    ...hop,
    baseline: null,
    baselineRange: null,
    baselineName: 'Redis',
    ratio: null,
    absent: 'there is no redis-server on this machine',
  };
  const latency: BenchmarkResult = {
    ...hop,
    name: 'p99',
    unit: 'ms',
    better: 'less',
    ours: 2.345,
    baseline: 15,
    baselineName: 'our limit',
    ratio: 0.156,
  };
  expect(formatResults([hop, gone, latency])).toBe(
    [
      'BENCHMARK  OURS               BASELINE  RATIO  BETTER  BASELINE IS',
      'hop        98,765 messages/s   123,457   0.80  more    raw LMDB, synced',
      '                                absent      -  more    Redis (there is no redis-server on this machine)',
      'p99        2.35 ms               15.00   0.16  less    our limit',
      '',
    ].join('\n'),
  );
});
