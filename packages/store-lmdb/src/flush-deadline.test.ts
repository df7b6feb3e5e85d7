import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FLUSH_DEADLINE_MS, withinFlushDeadline } from './flush-deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a write that the disk never answers is given up at the deadline, and not before', async () => {
  const ended: string[] = [];
  const written = withinFlushDeadline(new Promise(() => undefined)).catch((error: Error) => ended.push(error.message));
  await vi.advanceTimersByTimeAsync(FLUSH_DEADLINE_MS - 1);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await written;
  expect(ended).toEqual(['the disk has not answered for 30 seconds']);
});

test('what the disk answers in time is passed on, good or bad, and no timer is left', async () => {
  expect(await withinFlushDeadline(Promise.resolve('done'))).toBe('done');
  await expect(withinFlushDeadline(Promise.reject(new Error('worn out')))).rejects.toThrow('worn out');
  expect(vi.getTimerCount()).toBe(0);
});
