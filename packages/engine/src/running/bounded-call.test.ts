import { describe, expect, it, vi } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createCancel } from '../delivery/cancel.ts';
import type { CancelSignal } from '../ports/connectors.ts';
import { WorkError } from '../work-error.ts';
import { boundedCall } from './bounded-call.ts';

function bounded(call: (signal: CancelSignal) => string | Promise<string>) {
  const clock = createTestClock();
  const cancel = createCancel();
  const begin = async () =>
    boundedCall({
      clock,
      signal: cancel.signal,
      timeoutMs: 1_000,
      onTimeout: () => new WorkError('late', { code: 'work-timeout', retryable: true }),
      call,
    });
  return { clock, cancel, begin };
}
const never = (): Promise<string> => new Promise(() => {});

describe('a bounded call', () => {
  it('answers what the call answers', async () => {
    await expect(bounded(async () => 'done').begin()).resolves.toBe('done');
  });

  it('sets no timer for what answers at once', async () => {
    const { clock, begin } = bounded(() => 'done');
    const setTimer = vi.spyOn(clock, 'setTimer');
    await expect(begin()).resolves.toBe('done');
    expect(setTimer).not.toHaveBeenCalled();
  });

  it('ends at the timeout though the call never answers, and tells it', async () => {
    let signal: CancelSignal | undefined;
    const { clock, begin } = bounded((given) => {
      signal = given;
      return never();
    });
    const outcome = begin();
    clock.advance(1_000);
    await expect(outcome).rejects.toMatchObject({ code: 'work-timeout' });
    expect(signal?.cancelled).toBe(true);
  });

  it('ends when it is cancelled', async () => {
    const { cancel, begin } = bounded(never);
    const outcome = begin();
    cancel.cancel();
    await expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('calls nothing when it is cancelled already', async () => {
    let called = false;
    const { cancel, begin } = bounded(async () => {
      called = true;
      return 'done';
    });
    cancel.cancel();
    await expect(begin()).rejects.toMatchObject({ code: 'cancelled' });
    expect(called).toBe(false);
  });

  it('takes what is thrown at once like a rejection', async () => {
    const { begin } = bounded(() => {
      throw new RangeError('at once');
    });
    await expect(begin()).rejects.toThrow('at once');
  });
});
