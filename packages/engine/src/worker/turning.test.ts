import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createTurning, LOOK_AGAIN } from './turning.ts';

/** A feed whose turns end when the test says so. */
function aTurning(chance = 0.5) {
  const clock = createTestClock();
  const turnsAtMs: number[] = [];
  const failures: unknown[] = [];
  let end: (() => void) | undefined;
  let fails: Error | undefined;
  let isLong = false;
  const turning = createTurning({
    clock,
    random: { next: () => chance },
    turn: async () => {
      turnsAtMs.push(clock.monotonicMs());
      if (isLong) await new Promise<void>((resolve) => (end = resolve));
      if (fails !== undefined) throw fails;
    },
    fail: (error) => failures.push(error),
  });
  const settled = async (): Promise<void> => {
    for (let round = 0; round < 5; round += 1) await Promise.resolve();
  };
  return {
    turning,
    clock,
    failures,
    turns: () => turnsAtMs.length,
    gaps: () => turnsAtMs.slice(1).map((at, index) => at - (turnsAtMs[index] ?? 0)),
    settled,
    long: () => (isLong = true),
    end: async () => {
      end?.();
      await settled();
    },
    failWith: (text: string) => (fails = new Error(text)),
  };
}

describe('the turns of a feed', () => {
  it('begin at its start and at each hint', async () => {
    const { turning, turns, settled } = aTurning();
    turning.wake();
    expect(turns()).toBe(0);
    turning.start();
    await settled();
    turning.wake();
    await settled();
    expect(turns()).toBe(2);
  });

  it('come one at a time: hints during one are followed by one more', async () => {
    const { turning, turns, long, end } = aTurning();
    long();
    turning.start();
    turning.wake();
    turning.wake();
    expect(turns()).toBe(1);
    await end();
    expect(turns()).toBe(2);
    await end();
    expect(turns()).toBe(2);
  });

  it('go on in time for the earliest wish', async () => {
    const { turning, turns, settled, clock } = aTurning();
    turning.start();
    await settled();
    turning.wakeIn(500);
    turning.wakeIn(200);
    turning.wakeIn(900);
    clock.advance(199);
    expect(turns()).toBe(1);
    clock.advance(1);
    await settled();
    expect(turns()).toBe(2);
    clock.advance(10_000);
    expect(turns()).toBe(2);
  });

  it('stop: the one under way is waited for, and no timer is left behind', async () => {
    const { turning, turns, long, end, clock } = aTurning();
    long();
    turning.start();
    let stopped = false;
    void turning.stop().then(() => (stopped = true));
    turning.wakeIn(10);
    turning.nothingFound(undefined);
    expect(stopped).toBe(false);
    await end();
    expect(stopped).toBe(true);
    clock.advance(100_000);
    turning.wake();
    expect(turns()).toBe(1);
  });

  it('report what makes one fail, and go on', async () => {
    const { turning, turns, failures, failWith, settled } = aTurning();
    failWith('the store is gone');
    turning.start();
    await settled();
    expect(failures).toMatchObject([{ message: 'the store is gone' }]);
    turning.wake();
    expect(turns()).toBe(2);
  });
});

describe('F3 an idle feed looks again by itself', () => {
  async function idleFor(ms: number, chance: number) {
    const idle = aTurning(chance);
    const { turning, clock, settled, turns } = idle;
    turning.start();
    await settled();
    for (let seen = 0, left = ms; left > 0; left -= 10) {
      if (turns() > seen) turning.nothingFound(undefined);
      seen = turns();
      clock.advance(10);
      await settled();
    }
    return idle;
  }

  it('soon at first, then after waits that grow by half up to the cap', async () => {
    const gaps = (await idleFor(400_000, 0.5)).gaps();
    for (const [index, gap] of gaps.entries()) {
      const wait = Math.min(LOOK_AGAIN.capMs, LOOK_AGAIN.firstMs * LOOK_AGAIN.growth ** index);
      expect(Math.abs(gap - wait)).toBeLessThanOrEqual(10);
    }
    expect(Math.abs((gaps.at(-1) ?? 0) - LOOK_AGAIN.capMs)).toBeLessThanOrEqual(10);
    expect(gaps.length).toBeLessThan(30);
  });

  it('with 20 % jitter, so that feeds spread out', async () => {
    const [early, late] = [(await idleFor(60_000, 0)).gaps(), (await idleFor(60_000, 0.999_999)).gaps()];
    expect([early[0], Math.round(late[0] ?? 0)]).toEqual([80, 120]);
  });

  it('soon again once there was work', async () => {
    const { turning, clock, settled, turns, gaps } = await idleFor(120_000, 0.5);
    turning.wake();
    await settled();
    turning.found();
    turning.nothingFound(undefined);
    const before = turns();
    clock.advance(LOOK_AGAIN.firstMs);
    expect(turns()).toBe(before + 1);
    expect(gaps().at(-1)).toBe(LOOK_AGAIN.firstMs);
  });

  it('when something is due, if that is earlier', async () => {
    const { turning, clock, settled, turns } = aTurning();
    turning.start();
    await settled();
    turning.nothingFound(clock.now() + 30);
    clock.advance(30);
    await settled();
    expect(turns()).toBe(2);
    turning.nothingFound(clock.now() + 3_600_000);
    clock.advance(200);
    expect(turns()).toBe(3);
  });
});
