import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../contracts/test-clock.ts';
import { aSubject } from './subjects-for-tests.ts';
import { createThrottle } from './throttle.ts';
import { KEYS_MAX, LATER_MAX_MS, type Subject, type Verdict } from './verb.ts';

function aThrottle(limit: number, periodMs: number, key?: string) {
  const clock = createTestClock();
  const throttle = createThrottle({ limit, periodMs, key }, clock);
  const subjects = new Map<number, Subject>();
  const of = (position: number, who?: string): Subject => {
    const subject = subjects.get(position) ?? aSubject(position, { payload: who === undefined ? {} : { who } });
    subjects.set(position, subject);
    return subject;
  };
  const start = (position: number, who?: string): Verdict => {
    const verdict = throttle.judge(of(position, who));
    if (verdict.kind === 'admit') throttle.started(of(position, who));
    return verdict;
  };
  const waitOf = (verdict: Verdict): number => (verdict.kind === 'later' ? verdict.dueAt - clock.now() : 0);
  return { clock, throttle, start, waitOf, of };
}

describe('throttle', () => {
  it('starts as many at once as the limit, the next when the first has left the period', () => {
    const { start, waitOf, clock, throttle } = aThrottle(3, 60_000);
    expect([1, 2, 3].map((position) => waitOf(start(position)))).toEqual([0, 0, 0]);
    expect([throttle.waitMs(), throttle.startsLeft()]).toEqual([60_000, 0]);
    clock.advance(59_999);
    expect(throttle.waitMs()).toBe(1);
    clock.advance(1);
    expect([throttle.waitMs(), throttle.startsLeft()]).toEqual([0, 3]);
  });

  it('gives everyone who waits a turn of its own, in order', () => {
    const { start, waitOf, clock } = aThrottle(2, 10_000, 'who');
    expect([1, 2, 3, 4, 5, 6, 7].map((position) => waitOf(start(position, 'a')))).toEqual([
      0, 0, 10_000, 10_000, 20_000, 20_000, 30_000,
    ]);
    expect(waitOf(start(8, 'b'))).toBe(0);
    clock.advance(10_000);
    expect([9, 4, 3, 5].map((position) => waitOf(start(position, 'a')) > 0)).toEqual([true, false, false, true]);
  });

  it('counts nothing that was given back untried', () => {
    const { start, throttle, of } = aThrottle(1, 60_000);
    start(1);
    throttle.ended(of(1), { kind: 'released' });
    expect(throttle.startsLeft()).toBe(1);
    start(1);
    throttle.ended(of(1), { kind: 'over' });
    expect(throttle.startsLeft()).toBe(0);
  });

  it('counts tries of one message one by one', () => {
    const { start, throttle, of, waitOf } = aThrottle(1, 60_000);
    start(1);
    throttle.ended(of(1), { kind: 'retry', dueAt: 0 });
    expect(waitOf(start(1))).toBe(60_000);
  });

  it('sends nobody back for longer than an hour at a time', () => {
    const { start, waitOf } = aThrottle(1, 86_400_000, 'who');
    start(1, 'a');
    expect(waitOf(start(2, 'a'))).toBe(LATER_MAX_MS);
  });

  it('C4 keeps its memory small, however large the limit, at the cost of a hundredth of the period', () => {
    const { start, throttle, clock, waitOf } = aThrottle(1_000_000, 100_000);
    for (let n = 0; n < 20_000; n += 1) {
      start(n);
      clock.advance(1);
    }
    expect(throttle.startsLeft()).toBe(980_000);
    expect(waitOf(start(20_001))).toBe(0);
    clock.advance(81_000);
    // A grain of starts leaves with its last.
    expect(throttle.startsLeft()).toBe(980_999);
  });

  it('C4 lets messages of further keys wait while so many keys have started something', () => {
    const { start, waitOf, clock } = aThrottle(1, 10_000, 'who');
    for (let n = 0; n < KEYS_MAX; n += 1) start(n, `k${n}`);
    clock.advance(4_000);
    expect(waitOf(start(KEYS_MAX, 'one too many'))).toBe(6_000);
    clock.advance(6_000);
    expect(waitOf(start(KEYS_MAX, 'one too many'))).toBe(0);
  });
});
