import { expect, test } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createQuota } from './quota.ts';

function aQuota(limit = 1_000) {
  const clock = createTestClock();
  const changes: string[] = [];
  let bytes = limit;
  const quota = createQuota({ limit: () => bytes, clock, onChange: (state) => changes.push(state) });
  const reviewAll = (...used: readonly number[]): void => {
    for (const each of used) {
      quota.review(each);
      clock.advance(1_000);
    }
  };
  return { quota, changes, reviewAll, setLimit: (to: number) => (bytes = to) };
}

test('C4 C5 is full from its limit on, and open again at 80 % of it', () => {
  const { quota, changes, reviewAll } = aQuota();
  reviewAll(999);
  expect(quota.fullSince()).toBeUndefined();
  reviewAll(1_000, 900, 801);
  expect([quota.fullSince() !== undefined, quota.used(), changes]).toEqual([true, 801, ['full']]);
  reviewAll(800);
  expect([quota.fullSince(), changes]).toEqual([undefined, ['full', 'open']]);
});

test('C5 tells from the trend when it opens', () => {
  const { quota, reviewAll } = aQuota();
  expect(quota.opensInSeconds()).toBeUndefined();
  reviewAll(1_200, 1_100, 1_000);
  expect(quota.opensInSeconds()).toBeCloseTo(2);
  reviewAll(...Array.from({ length: 10 }, () => 1_000));
  expect(quota.opensInSeconds()).toBeUndefined();
});

test('C4 follows a limit that is raised', () => {
  const { quota, reviewAll, setLimit } = aQuota();
  reviewAll(1_100);
  setLimit(2_000);
  reviewAll(1_100);
  expect(quota.fullSince()).toBeUndefined();
});
