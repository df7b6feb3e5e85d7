import { describe, expect, test } from 'vitest';
import { compactNumber, counted, humaneBytes, perSecond } from './compact-number.ts';
import { humaneAge, humaneDuration } from './humane-duration.ts';

describe('durations for people', () => {
  test.each([
    [0, '0 ms'],
    [0.4, '<1 ms'],
    [340, '340 ms'],
    [1_000, '1 s'],
    [4_210, '4.2 s'],
    [59_000, '59 s'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [720_000, '12 min'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
  ])('%d ms reads %s', (ms, text) => {
    expect(humaneDuration(ms)).toBe(text);
  });

  test('an age below five seconds is now', () => {
    expect(humaneAge(1_000, 4_000)).toBe('just now');
    expect(humaneAge(0, 240_000)).toBe('4 min ago');
  });
});

describe('numbers for people', () => {
  test('are exact while short and compact when long', () => {
    expect(compactNumber(9_412)).toBe('9,412');
    expect(compactNumber(12_400)).toBe('12.4K');
  });

  test('rates keep the digits that mean something', () => {
    expect([0, 0.04, 0.42, 3, 12.4, 15_000].map(perSecond)).toEqual(['0/s', '<0.1/s', '0.4/s', '3/s', '12/s', '15K/s']);
  });

  test('counts carry their noun and bytes their unit', () => {
    expect(counted(1, 'wire')).toBe('1 wire');
    expect(counted(2, 'entry', 'entries')).toBe('2 entries');
    expect(humaneBytes(1_536)).toBe('1.5 KiB');
  });
});
