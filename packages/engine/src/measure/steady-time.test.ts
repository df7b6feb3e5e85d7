import { expect, test } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import type { Lease, StoreOperation } from '../ports/message-store.ts';
import { createSteadyTime } from './steady-time.ts';

const HOUR = 3_600_000;
const lease = { expiresAt: 0 } as Lease;

test('it goes on evenly when the wall clock is set back or ahead', () => {
  const clock = createTestClock(1_000_000);
  const time = createSteadyTime(clock);
  clock.advance(500);
  expect(time.now()).toBe(1_000_500);
  clock.jump(-HOUR);
  clock.advance(500);
  expect(time.now()).toBe(1_001_000);
  clock.jump(2 * HOUR);
  expect(time.now()).toBe(1_001_000);
});

test('it never goes back over a restart', () => {
  const clock = createTestClock(1_000_000);
  expect(createSteadyTime(clock, 1_500_000).now()).toBe(1_500_000);
  expect(createSteadyTime(clock, 900_000).now()).toBe(1_000_000);
});

test('what is due in a second is due in a second, whatever the wall clock does', () => {
  const clock = createTestClock();
  const time = createSteadyTime(clock);
  clock.jump(-HOUR);
  const release: StoreOperation = { op: 'release', lease, dueAt: clock.now() + 1_000 };
  const [kept] = time.operations([release]);
  expect(kept).toEqual({ ...release, dueAt: time.now() + 1_000 });
  expect(time.leases({ leases: [], nextDueAt: time.now() + 1_000 }).nextDueAt).toBe(clock.now() + 1_000);
  expect(time.leases({ leases: [{ ...lease, expiresAt: time.now() }] }).leases[0]?.expiresAt).toBe(clock.now());
});

test('a clock that is set between working out and storing makes no difference', () => {
  const clock = createTestClock();
  const time = createSteadyTime(clock);
  const release: StoreOperation = {
    op: 'release',
    lease,
    dueAt: clock.now() + 1_000,
    asOf: clock.now() - clock.monotonicMs(),
  };
  clock.jump(-HOUR);
  expect(time.operations([release])).toEqual([{ ...release, dueAt: time.now() + 1_000 }]);
});

test('without a jump everything is passed on as it is', () => {
  const clock = createTestClock();
  const time = createSteadyTime(clock);
  const operations: readonly StoreOperation[] = [{ op: 'release', lease, dueAt: clock.now() }];
  clock.jump(40);
  expect(time.operations(operations)).toBe(operations);
  expect(time.lease(lease)).toBe(lease);
});
