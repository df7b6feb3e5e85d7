import { describe, expect, it } from 'vitest';
import { createCancel } from './cancel.ts';

describe('cancel signal', () => {
  it('tells each listener once, and late ones at once', () => {
    const cancel = createCancel();
    const { signal } = cancel;
    let told = 0;
    signal.onCancel(() => (told += 1));
    cancel.cancel();
    cancel.cancel();
    expect([told, signal.cancelled]).toEqual([1, true]);
    signal.onCancel(() => (told += 1));
    expect(told).toBe(2);
  });

  it('tells nobody who has gone', () => {
    const cancel = createCancel();
    let told = 0;
    cancel.signal.onCancel(() => (told += 1))();
    cancel.cancel();
    expect(told).toBe(0);
  });

  it('passes on what its parent is given, until it is detached', () => {
    const parent = createCancel();
    const [child, detached] = [createCancel(parent.signal), createCancel(parent.signal)];
    detached.detach();
    parent.cancel();
    expect([child.signal.cancelled, detached.signal.cancelled]).toEqual([true, false]);
    expect(createCancel(parent.signal).signal.cancelled).toBe(true);
  });

  it('tells the listeners of a child, as long as it is not detached', () => {
    const parent = createCancel();
    const [child, detached] = [createCancel(parent.signal), createCancel(parent.signal)];
    const told: string[] = [];
    child.signal.onCancel(() => told.push('child'));
    detached.signal.onCancel(() => told.push('detached'));
    detached.detach();
    parent.cancel();
    expect(told).toEqual(['child']);
    child.cancel();
    expect(told).toEqual(['child']);
  });

  it('stays given when the work is over', () => {
    const parent = createCancel();
    const child = createCancel(parent.signal);
    parent.cancel();
    child.detach();
    expect(child.signal.cancelled).toBe(true);
  });

  it("of a child is none of the parent's", () => {
    const parent = createCancel();
    createCancel(parent.signal).cancel();
    expect(parent.signal.cancelled).toBe(false);
  });
});
