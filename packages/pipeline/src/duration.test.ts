import { describe, expect, test } from 'vitest';
import { durationMs, formatDuration, parseDuration, parseRate, ratePerSecond } from './duration.ts';

describe('durations', () => {
  test.each([
    ['200ms', 200],
    ['5s', 5_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['0s', 0],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(durationMs(text)).toBe(ms);
  });

  test.each(['', '5', 's', '5 s', '-5s', '5S', '1e3s', '5sec'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(() => durationMs(text)).toThrow(RangeError);
  });

  test.each([
    [0, '0ms'],
    [1_500, '1500ms'],
    [90_000, '90s'],
    [120_000, '2m'],
    [86_400_000, '1d'],
  ])('%i ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('rates', () => {
  test.each([
    ['100/s', 100],
    ['30/m', 0.5],
    ['3600/h', 1],
  ])('%s is %d per second', (text, perSecond) => {
    expect(parseRate(text)).toBe(perSecond);
    expect(ratePerSecond(text)).toBe(perSecond);
  });

  test.each(['', '100', '100/', '/s', '100/ms', '-1/s'])('%j is none', (text) => {
    expect(parseRate(text)).toBeUndefined();
    expect(() => ratePerSecond(text)).toThrow(RangeError);
  });
});
