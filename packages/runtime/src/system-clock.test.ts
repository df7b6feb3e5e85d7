import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSystemClock } from './system-clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const DAY_MS = 86_400_000;

test('a timer fires once, when its time has come', () => {
  const fired = vi.fn<() => void>();
  createSystemClock().setTimer(100, fired);
  vi.advanceTimersByTime(99);
  expect(fired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(fired).toHaveBeenCalledOnce();
});

test('a timer may be set for longer than setTimeout can count', () => {
  const fired = vi.fn<() => void>();
  createSystemClock().setTimer(60 * DAY_MS, fired);
  vi.advanceTimersByTime(60 * DAY_MS - 1);
  expect(fired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledOnce();
});

test('a timer that was cleared never fires, in whichever leg it is', () => {
  const clock = createSystemClock();
  const fired = vi.fn<() => void>();
  const [short, long] = [clock.setTimer(100, fired), clock.setTimer(60 * DAY_MS, fired)];
  clock.clearTimer(short);
  vi.advanceTimersByTime(30 * DAY_MS);
  clock.clearTimer(long);
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(fired).not.toHaveBeenCalled();
});
