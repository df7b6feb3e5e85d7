import { expect, test } from 'vitest';
import { readRemovedWires } from './read-removed-wires.ts';

test('one answer for all removed wires', () => {
  expect(readRemovedWires('drain')).toBe('drain');
  expect(readRemovedWires('dead-letter')).toBe('dead-letter');
});

test('one answer for each removed wire', () => {
  expect(readRemovedWires('w1=drain, w2=move:w3,w4=dead-letter')).toEqual({
    w1: { do: 'drain' },
    w2: { do: 'move', to: 'w3' },
    w4: { do: 'dead-letter' },
  });
});

test.each(['', 'drop', 'w1', 'w1=', 'w1=move', 'w1=move:', 'w1=move:a:b', '=drain', 'w1=drain,', 'w1=drain=x'])(
  'nothing that is neither: %s',
  (text) => {
    expect(readRemovedWires(text)).toBeUndefined();
  },
);
