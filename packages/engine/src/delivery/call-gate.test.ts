import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createCallGate, type WaitingCall } from './call-gate.ts';
import { createCancel } from './cancel.ts';

function aGate(
  wishes: {
    readonly concurrency?: number;
    readonly line?: number;
    readonly overflow?: 'reject' | 'wait' | 'shed' | 'spill';
    readonly calling?: () => { readonly p50: number; readonly p95: number };
  } = {},
) {
  const clock = createTestClock();
  const cancelling = createCancel();
  const { signal } = cancelling;
  const cancel = (): void => cancelling.cancel();
  let left = 0;
  const gate = createCallGate({
    wireId: 'w',
    concurrency: 1,
    line: 1,
    overflow: 'reject',
    calling: () => null,
    ...wishes,
    clock,
    onLeave: () => (left += 1),
  });
  const enter = (call: Partial<WaitingCall> = {}): Promise<() => void> =>
    gate.enter({ deadlineMs: 1_000, signal, ...call });
  /** Enters, notes what becomes of it under a name, and leaves at once when it is let in. */
  const told: string[] = [];
  const send = (name: string, call: Partial<WaitingCall> = {}): Promise<void> =>
    enter(call).then(
      (leave) => {
        told.push(name);
        leave();
      },
      (error: { readonly code: string }) => {
        told.push(`${name} ${error.code}`);
      },
    );
  return { clock, gate, enter, send, told, cancel, left: () => left };
}

describe('C5 call gate', () => {
  it('lets so many in at once and so many wait, and refuses the next at once', async () => {
    const { gate, enter } = aGate({ concurrency: 2, line: 1 });
    await enter();
    await enter();
    void enter();
    expect([gate.active(), gate.waiting(), gate.places()]).toEqual([2, 1, 0]);
    await expect(enter()).rejects.toMatchObject({ code: 'wire-busy', retryable: true });
  });

  it('admits those in line in the order in which they came', async () => {
    const { gate, enter, send, told } = aGate({ line: 3 });
    const leave = await enter();
    const others = [send('second'), send('third')];
    leave();
    await Promise.all(others);
    expect(told).toEqual(['second', 'third']);
    expect(gate.active()).toBe(0);
  });

  it('gives a place in line up at the deadline, and tells those who wait for a place', async () => {
    const { gate, enter, clock, left } = aGate();
    await enter();
    const waiting = enter({ deadlineMs: 500 });
    expect(gate.oldestWaiting()).toBe(clock.monotonicMs());
    clock.advance(500);
    await expect(waiting).rejects.toMatchObject({ code: 'deadline-exceeded' });
    expect([gate.waiting(), gate.places(), left()]).toEqual([0, 1, 1]);
    expect(gate.oldestWaiting()).toBeUndefined();
  });

  it('counts a call that leaves twice once', async () => {
    const { gate, enter, left } = aGate();
    const leave = await enter();
    leave();
    leave();
    expect([gate.active(), left()]).toEqual([0, 1]);
  });

  it('with wait, lets more wait than the line says', async () => {
    const { gate, enter } = aGate({ line: 0, overflow: 'wait' });
    await enter();
    for (let n = 0; n < 50; n += 1) void enter().catch(() => undefined);
    expect(gate.waiting()).toBe(50);
    expect(gate.places()).toBeGreaterThan(0);
  });

  it('lets nobody wait once the engine stops', async () => {
    const { gate, enter, cancel } = aGate();
    await enter();
    const waiting = enter();
    cancel();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await expect(enter()).rejects.toMatchObject({ code: 'cancelled' });
    expect(gate.waiting()).toBe(0);
  });
});

describe('C5 call gate that sheds', () => {
  it('lets the lowest priority make way for a higher one: the one that has waited longest', async () => {
    const { enter, send, told } = aGate({ line: 3, overflow: 'shed' });
    const leave = await enter();
    const sent = [
      send('low', { priority: 1 }),
      send('lower', { priority: 0 }),
      send('lower too', { priority: 0 }),
      send('high', { priority: 5 }),
      send('higher', { priority: 9 }),
      send('highest', { priority: 9 }),
    ];
    leave();
    await Promise.all(sent);
    expect(told.filter((text) => text.endsWith('shed'))).toEqual(['lower shed', 'lower too shed', 'low shed']);
    expect(told.slice(3)).toEqual(['higher', 'highest', 'high']);
  });

  it('refuses a call that is not above the lowest in line', async () => {
    const { enter } = aGate({ line: 1, overflow: 'shed' });
    await enter();
    void enter({ priority: 4 });
    await expect(enter({ priority: 4 })).rejects.toMatchObject({ code: 'shed', retryable: true });
    await expect(enter({ priority: 3 })).rejects.toMatchObject({ code: 'shed' });
  });
});

describe('C5 call gate under overload', () => {
  it('does not let in whose time is too short for what 95 of 100 calls take, where others wait', async () => {
    const { enter, send, told, clock } = aGate({ line: 4, calling: () => ({ p50: 100, p95: 300 }) });
    const leave = await enter();
    const sent = [600, 700, 750, 900].map((deadlineMs) => send(`${deadlineMs}`, { deadlineMs }));
    clock.advance(400);
    leave();
    await Promise.all(sent);
    expect(told).toEqual(['600 deadline-exceeded', '700 deadline-exceeded', '750', '900']);
  });

  it('lets who is alone in line try while half of the calls would be answered in time', async () => {
    const { enter, send, told, clock } = aGate({ calling: () => ({ p50: 100, p95: 300 }) });
    const leave = await enter();
    const sent = send('alone', { deadlineMs: 510 });
    clock.advance(400);
    leave();
    await sent;
    expect(told).toEqual(['alone']);
    const leaveAgain = await enter();
    const late = send('late', { deadlineMs: 500 });
    clock.advance(400);
    leaveAgain();
    await late;
    expect(told).toEqual(['alone', 'late deadline-exceeded']);
  });

  it('lets everybody try while nothing is known of what calls take', async () => {
    const { enter, send, told, clock } = aGate({ line: 1 });
    const leave = await enter();
    const sent = send('short', { deadlineMs: 500 });
    clock.advance(499);
    leave();
    await sent;
    expect(told).toEqual(['short']);
  });
});

describe('C5 call gate that spills', () => {
  it('keeps one seat behind the line for what was spilled, and no more', async () => {
    const { gate, enter, send, told } = aGate({ line: 1, overflow: 'spill' });
    const leave = await enter();
    const sent = [send('in line'), send('spilled', { spilled: true })];
    expect([gate.places(), gate.waiting(), gate.hasSeat()]).toEqual([0, 2, false]);
    await expect(enter({ spilled: true })).rejects.toMatchObject({ code: 'wire-busy' });
    leave();
    await Promise.all(sent);
    expect(told).toEqual(['in line', 'spilled']);
    expect([gate.places(), gate.hasSeat()]).toEqual([2, true]);
  });
});
