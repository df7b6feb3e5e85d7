import { describe, expect, it } from 'vitest';
import { createTestClock } from './test-clock.ts';

describe('the test clock', () => {
  it('stands still until it is moved', () => {
    const clock = createTestClock(1_000);
    expect(clock.now()).toBe(1_000);
    const origin = clock.monotonicMs();
    clock.advance(250);
    expect(clock.now()).toBe(1_250);
    expect(clock.monotonicMs()).toBe(origin + 250);
  });

  it('fires timers in order, each at its own time, those that they set included', () => {
    const clock = createTestClock(0);
    const fired: (string | number)[] = [];
    clock.setTimer(30, () => fired.push('late', clock.now()));
    clock.setTimer(10, () => {
      fired.push('early', clock.now());
      clock.setTimer(5, () => fired.push('set by early', clock.now()));
    });
    clock.setTimer(10, () => fired.push('as early', clock.now()));
    clock.advance(29);
    expect(fired).toEqual(['early', 10, 'as early', 10, 'set by early', 15]);
    clock.advance(1);
    expect(fired.slice(6)).toEqual(['late', 30]);
  });

  it('never fires a timer when it is set, nor one that was cleared', () => {
    const clock = createTestClock();
    let fired = 0;
    clock.setTimer(0, () => {
      fired += 1;
    });
    expect(fired).toBe(0);
    clock.clearTimer(clock.setTimer(5, () => expect.unreachable()));
    clock.advance(5);
    expect(fired).toBe(1);
  });

  it('can be set without its timers noticing', () => {
    const clock = createTestClock(1_000);
    let fired = 0;
    clock.setTimer(100, () => {
      fired += 1;
    });
    clock.jump(3_600_000);
    expect(clock.now()).toBe(3_601_000);
    clock.advance(99);
    expect(fired).toBe(0);
    clock.jump(-7_200_000);
    clock.advance(1);
    expect(fired).toBe(1);
  });
});
