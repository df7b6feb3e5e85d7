import { expect, test } from 'vitest';
import { createSteadyTime } from './steady-time.ts';

function clocks() {
  const state = { wall: 1_000_000, monotonic: 5 };
  return {
    state,
    clock: {
      now: () => state.wall,
      monotonicMs: () => state.monotonic,
      setTimer: () => 0,
      clearTimer: () => {},
    },
    pass(ms: number) {
      state.wall += ms;
      state.monotonic += ms;
    },
  };
}

test('it goes on evenly when the wall clock is set back or ahead', () => {
  const { clock, state, pass } = clocks();
  const time = createSteadyTime(clock);
  pass(500);
  expect(time.now()).toBe(1_000_500);
  state.wall -= 3_600_000;
  pass(500);
  expect(time.now()).toBe(1_001_000);
  state.wall += 7_200_000;
  expect(time.now()).toBe(1_001_000);
});

test('a moment a second ahead stays a second ahead, whatever the wall clock does', () => {
  const { clock, state } = clocks();
  const time = createSteadyTime(clock);
  const due = time.fromWall(clock.now() + 1_000);
  state.wall -= 3_600_000;
  expect(due - time.now()).toBe(1_000);
  expect(time.toWall(due) - clock.now()).toBe(1_000);
  expect(time.fromWall(clock.now() + 1_000)).toBe(due);
});

test('clocks that are read one after the other are not taken for a jump', () => {
  const { clock, state } = clocks();
  const time = createSteadyTime(clock);
  state.wall += 40;
  expect(time.fromWall(5)).toBe(5);
});
