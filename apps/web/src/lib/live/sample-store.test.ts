import { describe, expect, test, vi } from 'vitest';
import { createSampleStore } from './sample-store.ts';
import { aNode, aSnapshot, aTick, aWire } from './samples-for-tests.ts';

describe('samples', () => {
  test('a snapshot fills everything', () => {
    const store = createSampleStore();
    store.reset(aSnapshot({ seq: 4, nodes: [aNode('ship')], wires: [aWire('w1', { depth: 12 })] }));
    expect(store.get('node:ship')?.id).toBe('ship');
    expect(store.get('wire:w1')?.depth).toBe(12);
    expect(store.get('run')?.state).toBe('running');
  });

  test('a tick wakes only those whose sample changed', () => {
    const store = createSampleStore();
    store.reset(aSnapshot({ seq: 1, wires: [aWire('w1'), aWire('w2')] }));
    const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()];
    store.subscribe('wire:w1', first);
    store.subscribe('wire:w2', second);
    expect(store.apply(aTick(2, { wires: [aWire('w1', { depth: 5 })] }))).toBe(true);
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).not.toHaveBeenCalled();
    expect(store.get('wire:w1')?.depth).toBe(5);
  });

  test('a gap applies nothing and asks for a snapshot', () => {
    const store = createSampleStore();
    store.reset(aSnapshot({ seq: 1, wires: [aWire('w1', { depth: 1 })] }));
    expect(store.apply(aTick(3, { wires: [aWire('w1', { depth: 9 })] }))).toBe(false);
    expect(store.get('wire:w1')?.depth).toBe(1);
  });

  test('before the first snapshot every tick is a gap', () => {
    expect(createSampleStore().apply(aTick(1, {}))).toBe(false);
  });

  test('an old tick changes nothing', () => {
    const store = createSampleStore();
    store.reset(aSnapshot({ seq: 5, wires: [aWire('w1', { depth: 1 })] }));
    expect(store.apply(aTick(5, { wires: [aWire('w1', { depth: 9 })] }))).toBe(true);
    expect(store.get('wire:w1')?.depth).toBe(1);
  });

  test('what a new snapshot lacks is gone, and its listeners hear of it', () => {
    const store = createSampleStore();
    store.reset(aSnapshot({ seq: 1, wires: [aWire('w1')] }));
    const heard = vi.fn<() => void>();
    store.subscribe('wire:w1', heard);
    store.reset({ seq: 9, status: null });
    expect(store.get('wire:w1')).toBeUndefined();
    expect(store.get('run')).toBeUndefined();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  test('who stopped listening is left alone', () => {
    const store = createSampleStore();
    store.reset(aSnapshot({ seq: 1, wires: [aWire('w1')] }));
    const heard = vi.fn<() => void>();
    store.subscribe('wire:w1', heard)();
    store.apply(aTick(2, { wires: [aWire('w1')] }));
    expect(heard).not.toHaveBeenCalled();
  });
});
