import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import type { Lease } from '../ports/message-store.ts';
import { createHeartbeat } from './heartbeat.ts';

const VISIBILITY_MS = 30_000;

function aLease(position: number): Lease {
  return {
    source: { kind: 'queue', queue: 'p/w' },
    position,
    token: position,
    expiresAt: 0,
    message: {
      id: `m${position}`,
      key: '',
      payload: null,
      headers: {},
      correlationId: 'c',
      eventTime: 0,
      enqueuedAt: 0,
      attempt: 1,
    },
    crashes: 0,
    history: [],
  };
}

function aHeartbeat() {
  const clock = createTestClock();
  const extended: number[] = [];
  const gone = new Set<number>();
  const lost: number[] = [];
  const failures: unknown[] = [];
  let answerLate: (() => void) | undefined;
  let isSlow = false;
  let breaks: Error | undefined;
  const heartbeat = createHeartbeat({
    clock,
    visibilityMs: VISIBILITY_MS,
    store: {
      extend: async (lease, leaseMs) => {
        extended.push(lease.position);
        if (isSlow) await new Promise<void>((resolve) => (answerLate = resolve));
        if (breaks !== undefined) throw breaks;
        return gone.has(lease.position) ? undefined : { ...lease, expiresAt: clock.now() + leaseMs };
      },
    },
    onLost: (lease) => lost.push(lease.position),
    fail: (error) => failures.push(error),
  });
  const settled = async (): Promise<void> => {
    for (let round = 0; round < 8; round += 1) await Promise.resolve();
  };
  return {
    heartbeat,
    clock,
    extended,
    gone,
    lost,
    failures,
    settled,
    slow: () => (isSlow = true),
    answer: async () => {
      answerLate?.();
      await settled();
    },
    breakWith: (text: string) => (breaks = new Error(text)),
    pass: async (ms: number) => {
      for (let left = ms; left > 0; left -= 1_000) {
        clock.advance(Math.min(left, 1_000));
        await settled();
      }
    },
  };
}

describe('C2 C11 the heartbeat of a feed', () => {
  it('F1 prolongs what is in hand before two thirds of its time are over, for as long as it is held', async () => {
    const { heartbeat, clock, extended, pass } = aHeartbeat();
    const held = heartbeat.hold(aLease(1), clock.monotonicMs());
    await pass(10_000);
    expect(extended).toEqual([1]);
    await pass(50_000);
    expect(extended.length).toBe(6);
    expect(clock.monotonicMs() - held.renewedAtMs).toBeLessThanOrEqual(VISIBILITY_MS / 3);
    heartbeat.letGo(held);
    await pass(60_000);
    expect(extended.length).toBe(6);
    expect(heartbeat.inHand()).toBe(0);
  });

  it('leaves those alone that were taken only now', async () => {
    const { heartbeat, clock, extended, pass } = aHeartbeat();
    heartbeat.hold(aLease(1), clock.monotonicMs());
    await pass(8_000);
    heartbeat.hold(aLease(2), clock.monotonicMs());
    await pass(2_000);
    expect(extended).toEqual([1]);
    await pass(10_000);
    expect(extended).toEqual([1, 1, 2]);
  });

  it('F1 costs nothing while work is short', async () => {
    const { heartbeat, clock, extended, pass } = aHeartbeat();
    for (let n = 0; n < 100; n += 1) {
      const held = heartbeat.hold(aLease(n), clock.monotonicMs());
      await pass(900);
      heartbeat.letGo(held);
    }
    expect(extended).toEqual([]);
  });

  it('F2 cancels the work on a lease that is lost, and holds it no longer', async () => {
    const { heartbeat, clock, gone, lost, pass } = aHeartbeat();
    const [taken, kept] = [1, 2].map((position) => heartbeat.hold(aLease(position), clock.monotonicMs()));
    let cancelled = 0;
    if (taken !== undefined) taken.cancel = () => (cancelled += 1);
    gone.add(1);
    await pass(10_000);
    expect([taken?.lost, kept?.lost, cancelled]).toEqual([true, false, 1]);
    expect([lost, heartbeat.inHand()]).toEqual([[1], 1]);
    await pass(30_000);
    expect(lost).toEqual([1]);
  });

  it('leaves it to the commit to say whether it is lost once that is on its way', async () => {
    const { heartbeat, clock, gone, lost, pass } = aHeartbeat();
    const held = heartbeat.hold(aLease(1), clock.monotonicMs());
    held.settling = true;
    gone.add(1);
    await pass(10_000);
    expect([lost, held.lost]).toEqual([[], false]);
  });

  it('loses nothing that was settled while the store was asked', async () => {
    const { heartbeat, clock, gone, lost, slow, answer, pass } = aHeartbeat();
    const held = heartbeat.hold(aLease(1), clock.monotonicMs());
    gone.add(1);
    slow();
    await pass(10_000);
    heartbeat.letGo(held);
    await answer();
    expect([lost, held.lost]).toEqual([[], false]);
  });

  it('F2 catches up before anything is taken anew when the process stood still', async () => {
    const { heartbeat, clock, extended, settled } = aHeartbeat();
    heartbeat.hold(aLease(1), clock.monotonicMs());
    expect(heartbeat.caughtUp()).toBeUndefined();
    // As after SIGSTOP: the clock has gone on, no timer has fired.
    heartbeat.stop();
    clock.advance(45_000);
    const catchingUp = heartbeat.caughtUp();
    expect(catchingUp).toBeDefined();
    await catchingUp;
    await settled();
    expect(extended).toEqual([1]);
    expect(heartbeat.caughtUp()).toBeUndefined();
  });

  it('reports a store that fails', async () => {
    const { heartbeat, clock, failures, breakWith, pass } = aHeartbeat();
    heartbeat.hold(aLease(1), clock.monotonicMs());
    breakWith('disk gone');
    await pass(10_000);
    expect(failures).toMatchObject([{ message: 'disk gone' }]);
  });
});
