import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { aHeld } from './admission/subjects-for-tests.ts';
import { createAhead } from './ahead.ts';

function anAhead() {
  const clock = createTestClock();
  const ahead = createAhead(clock, () => 4);
  ahead.worked(0);
  const grow = (times: number): void => {
    for (let n = 0; n < times; n += 1) ahead.cameFull(1);
  };
  const put = (...positions: readonly number[]): void => {
    for (const position of positions) ahead.put(aHeld(position));
  };
  const next = (): number | undefined => ahead.next()?.lease.position;
  return { ahead, clock, grow, put, next };
}

describe('F6 leasing ahead', () => {
  it('begins with nothing, and doubles while workers wait for full leases', () => {
    const { ahead, grow } = anAhead();
    const seen = [ahead.wanted()];
    for (let n = 0; n < 10; n += 1) {
      grow(1);
      seen.push(ahead.wanted());
    }
    expect(seen).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 256]);
  });

  it('does not grow where no worker was idle, or some still wait in hand', () => {
    const { ahead, grow, put } = anAhead();
    ahead.cameFull(0);
    expect(ahead.wanted()).toBe(0);
    grow(1);
    put(1);
    grow(5);
    expect(ahead.takeAll()).toHaveLength(1);
  });

  it('asks again when half of them are gone', () => {
    const { ahead, grow, put, next } = anAhead();
    grow(4);
    put(1, 2, 3, 4, 5, 6, 7, 8);
    expect(ahead.wanted()).toBe(0);
    expect([next(), next(), next()]).toEqual([1, 2, 3]);
    expect(ahead.wanted()).toBe(0);
    next();
    expect(ahead.wanted()).toBe(4);
  });

  it('becomes less when one has waited for more than a few milliseconds', () => {
    const { ahead, grow, put, next, clock } = anAhead();
    grow(4);
    put(1, 2);
    clock.advance(5);
    next();
    expect(ahead.wanted()).toBe(0 + 8 - 1);
    clock.advance(1);
    next();
    expect(ahead.wanted()).toBe(4);
  });

  it('is no more than the workers take up in a few milliseconds, and nothing while nobody knows', () => {
    const clock = createTestClock();
    const ahead = createAhead(clock, () => 4);
    for (let n = 0; n < 10; n += 1) ahead.cameFull(1);
    expect(ahead.wanted()).toBe(0);
    ahead.worked(1);
    expect(ahead.wanted()).toBe(20);
    for (let n = 0; n < 100; n += 1) ahead.worked(100);
    expect(ahead.wanted()).toBe(0);
    for (let n = 0; n < 100; n += 1) ahead.worked(0.01);
    expect(ahead.wanted()).toBe(256);
  });

  it('gives all back, and begins anew', () => {
    const { ahead, grow, put, next } = anAhead();
    grow(4);
    put(1, 2, 3);
    next();
    expect(ahead.takeAll().map(({ lease }) => lease.position)).toEqual([2, 3]);
    expect([next(), ahead.wanted(), ahead.takeAll()]).toEqual([undefined, 0, []]);
  });
});
