import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createCallGate } from './call-gate.ts';

function aGate(
  wishes: { readonly concurrency?: number; readonly line?: number; readonly overflow?: 'reject' | 'wait' } = {},
) {
  const clock = createTestClock();
  let left = 0;
  const gate = createCallGate({
    wireId: 'w',
    concurrency: 1,
    line: 1,
    overflow: 'reject',
    ...wishes,
    clock,
    onLeave: () => (left += 1),
  });
  return { clock, gate, left: () => left };
}

describe('C5 call gate', () => {
  it('lets so many in at once and so many wait, and refuses the next at once', async () => {
    const { gate } = aGate({ concurrency: 2, line: 1 });
    await gate.enter(1_000);
    await gate.enter(1_000);
    void gate.enter(1_000);
    expect([gate.active(), gate.waiting(), gate.places()]).toEqual([2, 1, 0]);
    await expect(gate.enter(1_000)).rejects.toMatchObject({ code: 'wire-busy', retryable: true });
  });

  it('admits those in line in the order in which they came', async () => {
    const { gate } = aGate({ line: 3 });
    const leave = await gate.enter(1_000);
    const order: string[] = [];
    const second = gate.enter(1_000).then((leaveSecond) => {
      order.push('second');
      leaveSecond();
    });
    const third = gate.enter(1_000).then(() => order.push('third'));
    leave();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
    expect(gate.active()).toBe(1);
  });

  it('gives a place in line up at the deadline, and tells those who wait for a place', async () => {
    const { gate, clock, left } = aGate();
    await gate.enter(1_000);
    const waiting = gate.enter(500);
    expect(gate.oldestWaiting()).toBe(clock.monotonicMs());
    clock.advance(500);
    await expect(waiting).rejects.toMatchObject({ code: 'deadline-exceeded' });
    expect([gate.waiting(), gate.places(), left()]).toEqual([0, 1, 1]);
    expect(gate.oldestWaiting()).toBeUndefined();
  });

  it('counts a call that leaves twice once', async () => {
    const { gate, left } = aGate();
    const leave = await gate.enter(1_000);
    leave();
    leave();
    expect([gate.active(), left()]).toEqual([0, 1]);
  });

  it('with wait, lets more wait than the line says', async () => {
    const { gate } = aGate({ line: 0, overflow: 'wait' });
    await gate.enter(1_000);
    for (let n = 0; n < 50; n += 1) void gate.enter(1_000).catch(() => undefined);
    expect(gate.waiting()).toBe(50);
    expect(gate.places()).toBeGreaterThan(0);
  });
});
