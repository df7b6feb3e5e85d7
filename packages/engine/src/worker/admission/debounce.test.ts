import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../contracts/test-clock.ts';
import { createDebounce } from './debounce.ts';
import { aSubject } from './subjects-for-tests.ts';
import { KEYS_MAX, type Verdict } from './verb.ts';

const PERIOD_MS = 1_000;

function aDebounce(maxWaitMs = 10_000) {
  const clock = createTestClock();
  const debounce = createDebounce({ periodMs: PERIOD_MS, key: 'who', maxWaitMs }, clock);
  const of = (position: number, who: string | null = 'a', attempt = 1) =>
    aSubject(position, { payload: who === null ? {} : { who }, attempt, enqueuedAt: clock.now() });
  const look = (position: number, who?: string | null, attempt?: number): string => {
    const subject = of(position, who, attempt);
    const verdict = debounce.judge(subject);
    if (verdict.kind === 'admit') debounce.started(subject);
    return said(verdict, clock.now());
  };
  return { clock, debounce, look, of };
}

const said = (verdict: Verdict, now: number): string =>
  verdict.kind === 'later'
    ? `later ${verdict.dueAt - now}`
    : verdict.kind === 'discard'
      ? verdict.reason
      : verdict.kind;

describe('debounce', () => {
  it('works on the last message of a burst, once it has been quiet for the period', () => {
    const { look, clock } = aDebounce();
    expect(look(1)).toBe('later 1000');
    clock.advance(600);
    expect(look(2)).toBe('later 1000');
    clock.advance(400);
    expect(look(1)).toBe('debounced');
    clock.advance(600);
    expect(look(2)).toBe('admit');
    clock.advance(10);
    expect(look(3)).toBe('later 1000');
  });

  it('keeps the bursts of each key apart', () => {
    const { look, clock } = aDebounce();
    look(1, 'a');
    look(2, 'b');
    clock.advance(PERIOD_MS);
    expect([look(1, 'a'), look(2, 'b')]).toEqual(['admit', 'admit']);
  });

  it('works on the latest when the longest wait is over, however busy it is', () => {
    const { look, clock } = aDebounce(2_500);
    const seen: string[] = [];
    for (let position = 1; position <= 6; position += 1) {
      seen.push(look(position));
      clock.advance(500);
    }
    expect(seen).toEqual(['later 1000', 'later 1000', 'later 1000', 'later 1000', 'later 500', 'admit']);
    expect(look(7)).toBe('later 1000');
  });

  it('V3 a message that was seen first but came earlier makes way', () => {
    const { look } = aDebounce();
    look(5);
    expect(look(2)).toBe('debounced');
  });

  it('V6 lets messages without a value at the path pass', () => {
    const { look } = aDebounce();
    expect([look(1, null), look(2, null)]).toEqual(['admit', 'admit']);
  });

  it('V9 lets a retry pass, unless a later message has been started or waits', () => {
    const { look, clock } = aDebounce();
    look(1);
    clock.advance(PERIOD_MS);
    look(1);
    expect(look(1, 'a', 2)).toBe('admit');
    look(2);
    expect(look(1, 'a', 3)).toBe('debounced');
    clock.advance(PERIOD_MS);
    look(2);
    expect(look(1, 'a', 3)).toBe('debounced');
    expect(look(2, 'a', 2)).toBe('admit');
  });

  it('does not let what was given back untried wait once more, unless another has come', () => {
    const { look, clock, debounce, of } = aDebounce();
    look(1);
    clock.advance(PERIOD_MS);
    look(1);
    debounce.ended(of(1), { kind: 'released' });
    expect(look(1)).toBe('admit');
    debounce.ended(of(1), { kind: 'released' });
    expect(look(2)).toBe('later 1000');
    expect(look(1)).toBe('debounced');
  });

  it('C4 V5 remembers so many keys; those that merely started something make way for those that wait', () => {
    const { look, clock } = aDebounce();
    for (let n = 0; n < KEYS_MAX; n += 1) look(n, `k${n}`);
    expect(look(KEYS_MAX, 'one too many')).toBe('later 1000');
    // It is not remembered, so what comes behind it does not make it go.
    expect(look(KEYS_MAX + 1, 'one too many')).toBe('later 1000');
    clock.advance(PERIOD_MS);
    for (let n = 0; n < KEYS_MAX; n += 1) expect(look(n, `k${n}`)).toBe('admit');
    expect(look(KEYS_MAX, 'one too many')).toBe('later 1000');
    clock.advance(PERIOD_MS);
    expect(look(KEYS_MAX, 'one too many')).toBe('admit');
  });

  it('a message that cannot be remembered passes at the latest when it has waited longest', () => {
    const { look, clock, debounce, of } = aDebounce(3_000);
    const unseen = of(KEYS_MAX, 'one too many');
    for (let n = 0; n < KEYS_MAX; n += 1) look(n, `k${n}`);
    expect(debounce.judge(unseen).kind).toBe('later');
    clock.advance(3_001);
    expect(debounce.judge(unseen).kind).toBe('admit');
  });
});
