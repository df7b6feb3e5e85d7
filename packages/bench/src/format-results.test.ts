import { expect, test } from 'vitest';
import { formatResults } from './format-results.ts';

test('results stand under each other', () => {
  const result = {
    name: 'durable-queue',
    unit: 'messages/s',
    ours: 98_765.4,
    baseline: 123_456.7,
    baselineName: 'raw LMDB, synced',
    ratio: 0.8,
  };
  expect(formatResults([result])).toBe(
    [
      'BENCHMARK      OURS               BASELINE            RATIO  BASELINE IS',
      'durable-queue  98,765 messages/s  123,457 messages/s  0.80   raw LMDB, synced',
      '',
    ].join('\n'),
  );
});
