import type { Clock } from '../ports/clock.ts';

/**
 * Wall time without its jumps: what the wall clock said when this was made, plus what has passed since. Moments that lie
 * ahead (a retry that is due) are kept in it, so that nobody waits an hour longer because the clock was set back by one.
 * After a restart it begins with the wall clock again.
 */
export interface SteadyTime {
  /** ms since 1970, as if the wall clock had never been set. */
  now(): number;
  /** The steady moment of a wall moment, as the wall clock stands now. */
  fromWall(wallMs: number): number;
  /** The wall moment of a steady one, as the wall clock stands now. */
  toWall(steadyMs: number): number;
}

export function createSteadyTime(clock: Clock): SteadyTime {
  const beganAt = clock.now() - clock.monotonicMs();
  const now = (): number => beganAt + clock.monotonicMs();
  /** How far the wall clock has been set ahead since; less than this is the two clocks being read one after the other. */
  const jumpedMs = (): number => {
    const ms = clock.now() - now();
    return Math.abs(ms) < READING_MS ? 0 : ms;
  };
  return {
    now,
    fromWall: (wallMs) => wallMs - jumpedMs(),
    toWall: (steadyMs) => steadyMs + jumpedMs(),
  };
}

const READING_MS = 100;
