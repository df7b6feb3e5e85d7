import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createLatencyWindow } from './latency-window.ts';
import { createRateWindow } from './rate-window.ts';

describe('rate window', () => {
  it('answers the rate over the last ten full seconds', () => {
    const clock = createTestClock();
    const rate = createRateWindow(clock);
    for (let second = 0; second < 30; second += 1) {
      rate.add(second < 20 ? 5 : 2);
      clock.advance(1_000);
    }
    expect(rate.perSecond()).toBe(2);
    expect(rate.total).toBe(120);
    clock.advance(60_000);
    expect(rate.perSecond()).toBe(0);
    expect(rate.total).toBe(120);
  });

  it('is right from the first seconds on', () => {
    const clock = createTestClock();
    const rate = createRateWindow(clock);
    rate.add(3);
    expect(rate.perSecond()).toBe(3);
    clock.advance(2_000);
    expect(rate.perSecond()).toBe(1.5);
  });

  it('does not let the running second lower the rate', () => {
    const clock = createTestClock();
    const rate = createRateWindow(clock);
    for (let second = 0; second < 15; second += 1) {
      rate.add(10);
      clock.advance(1_000);
    }
    clock.advance(500);
    expect(rate.perSecond()).toBe(10);
  });
});

describe('latency window', () => {
  it('has no percentiles of nothing', () => {
    expect(createLatencyWindow(createTestClock()).percentiles()).toBeNull();
  });

  it('answers percentiles within 6 %', () => {
    const window = createLatencyWindow(createTestClock());
    for (let ms = 1; ms <= 1_000; ms += 1) window.record(ms);
    const percentiles = window.percentiles();
    for (const [name, exact] of [
      ['p50', 500],
      ['p95', 950],
      ['p99', 990],
    ] as const) {
      expect(Math.abs((percentiles?.[name] ?? 0) - exact) / exact).toBeLessThan(0.06);
    }
  });

  it('forgets what is older than ten seconds', () => {
    const clock = createTestClock();
    const window = createLatencyWindow(clock);
    window.record(9_000);
    clock.advance(5_000);
    window.record(10);
    clock.advance(5_500);
    expect(window.percentiles()?.p99).toBeLessThan(11);
    clock.advance(10_000);
    expect(window.percentiles()).toBeNull();
  });

  it('takes the shortest and the longest', () => {
    const window = createLatencyWindow(createTestClock());
    window.record(0);
    window.record(Number.NaN);
    window.record(1e12);
    const percentiles = window.percentiles();
    expect(percentiles?.p50).toBeLessThan(0.06);
    expect(percentiles?.p99).toBeGreaterThan(10_000_000);
  });
});
