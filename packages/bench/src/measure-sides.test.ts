import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Benchmark, Side } from './benchmark.ts';
import { measureSides } from './measure-sides.ts';
import { AbsentError } from './peers/absent-error.ts';

let folder: string;
let log: string[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-measure-'));
  log = [];
});
afterEach(() => rm(folder, { recursive: true }));

function side(name: string, values: readonly number[]): Side {
  let next = 0;
  return {
    name,
    open: () =>
      Promise.resolve({
        measure() {
          log.push(name);
          const rate = values[next];
          next += 1;
          return rate === undefined ? Promise.reject(new Error('message 7 came out twice')) : Promise.resolve({ rate });
        },
        [Symbol.asyncDispose]() {
          log.push(`${name} closed`);
          return Promise.resolve();
        },
      }),
  };
}

function benchmarkOf(ours: Side, others: readonly Side[]): Benchmark {
  return { name: 'thing', figures: [], ours: [ours], others, rounds: { quick: 3, full: 5 } };
}

function measure(benchmark: Benchmark): ReturnType<typeof measureSides> {
  return measureSides(benchmark, { quick: true, folder, onMeasured: () => undefined });
}

test('all sides are warmed up, measured in turn, and closed', async () => {
  const outcomes = await measure(benchmarkOf(side('a', [1_000, 1, 2, 3]), [side('b', [2_000, 4, 5, 6])]));
  expect(log).toEqual(['a', 'b', 'a', 'b', 'b', 'a', 'a', 'b', 'b closed', 'a closed']);
  expect(outcomes).toEqual(
    new Map([
      ['a', { kind: 'measured', rounds: [{ rate: 1 }, { rate: 2 }, { rate: 3 }] }],
      ['b', { kind: 'measured', rounds: [{ rate: 4 }, { rate: 5 }, { rate: 6 }] }],
    ]),
  );
});

test('a side that is absent does not keep the others from being measured', async () => {
  const absent: Side = { name: 'b', open: () => Promise.reject(new AbsentError('there is no b on this machine')) };
  const outcomes = await measure(benchmarkOf(side('a', [1, 1, 2, 3]), [absent]));
  expect(outcomes.get('a')?.kind).toBe('measured');
  expect(outcomes.get('b')).toEqual({ kind: 'absent', reason: 'there is no b on this machine' });
});

test('a side that does not do its work fails the benchmark, and all are closed', async () => {
  await expect(measure(benchmarkOf(side('a', [1, 1, 1, 1]), [side('b', [1])]))).rejects.toThrow(
    'b did not do its work',
  );
  expect(log.slice(-2)).toEqual(['b closed', 'a closed']);
});
