import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Contender } from './benchmark.ts';
import { compare, median } from './compare.ts';

test.each([
  [[3], 3],
  [[1, 9, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('both sides are warmed up, measured in turn, and closed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-compare-'));
  const log: string[] = [];
  const contender = (name: string, values: readonly number[]): Promise<Contender> => {
    let next = 0;
    return Promise.resolve({
      measure: () => {
        log.push(name);
        next += 1;
        return Promise.resolve(values[next - 1] ?? Number.NaN);
      },
      [Symbol.asyncDispose]: () => {
        log.push(`${name} closed`);
        return Promise.resolve();
      },
    });
  };
  const measured: string[] = [];
  const result = await compare(
    {
      name: 'thing',
      unit: 'things/s',
      baselineName: 'other',
      openOurs: () => contender('ours', [1_000_000, 10, 30, 20]),
      openBaseline: () => contender('baseline', [2_000_000, 40, 50, 60]),
    },
    { quick: true, rounds: 3, folder, onMeasured: (side, value) => measured.push(`${side} ${value}`) },
  );
  await rm(folder, { recursive: true });
  expect(result).toEqual({
    name: 'thing',
    unit: 'things/s',
    ours: 20,
    baseline: 50,
    baselineName: 'other',
    ratio: 0.4,
  });
  expect(log).toEqual([
    'ours',
    'baseline',
    'ours',
    'baseline',
    'baseline',
    'ours',
    'ours',
    'baseline',
    'baseline closed',
    'ours closed',
  ]);
  expect(measured).toEqual(['ours 10', 'baseline 40', 'baseline 50', 'ours 30', 'ours 20', 'baseline 60']);
});
