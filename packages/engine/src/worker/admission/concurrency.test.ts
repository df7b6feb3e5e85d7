import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../contracts/test-clock.ts';
import { createConcurrency } from './concurrency.ts';
import { aSubject } from './subjects-for-tests.ts';
import type { Subject, Verdict } from './verb.ts';
import { IN_LINE_MAX } from './waiting-lines.ts';

function aLimit(limit: number) {
  const clock = createTestClock();
  const concurrency = createConcurrency({ limit, key: 'who' }, clock);
  const subjects = new Map<number, Subject>();
  const of = (position: number, who: string | null = 'a'): Subject => {
    const subject = subjects.get(position) ?? aSubject(position, { payload: who === null ? {} : { who } });
    subjects.set(position, subject);
    return subject;
  };
  const start = (position: number, who?: string | null): Verdict => {
    const verdict = concurrency.judge(of(position, who));
    if (verdict.kind === 'admit') concurrency.started(of(position, who));
    return verdict;
  };
  const waitOf = (verdict: Verdict): number => (verdict.kind === 'later' ? verdict.dueAt - clock.now() : -1);
  return {
    clock,
    concurrency,
    of,
    start,
    waitOf,
    end: (position: number, who?: string) => concurrency.ended(of(position, who), { kind: 'over' }),
    kinds: (...verdicts: readonly Verdict[]) => verdicts.map(({ kind }) => kind),
  };
}

describe('concurrency by key', () => {
  it('lets no more of one key be worked on at once than its limit, and others go by', () => {
    const { start, kinds } = aLimit(2);
    expect(kinds(start(1), start(2), start(3), start(4, 'b'), start(5, 'b'), start(6, 'b'))).toEqual([
      'admit',
      'admit',
      'later',
      'admit',
      'admit',
      'later',
    ]);
  });

  it('gives a place that is free to who waits longest', () => {
    const { start, end, clock, kinds } = aLimit(1);
    start(1);
    start(2);
    start(3);
    end(1);
    clock.advance(200);
    expect(kinds(start(3), start(4), start(2))).toEqual(['later', 'later', 'admit']);
  });

  it('sends back until a place should be free, by how long work on the key has lasted', () => {
    const { start, end, clock, waitOf } = aLimit(1);
    for (let position = 1; position <= 40; position += 1) {
      start(position);
      clock.advance(1_000);
      end(position);
    }
    start(100);
    clock.advance(400);
    const waits = [101, 102, 103].map((position) => waitOf(start(position)));
    // The work under way has 600 ms left; then one after the other.
    for (const [index, wait] of waits.entries()) expect(Math.abs(wait - (600 + index * 1_000))).toBeLessThan(50);
  });

  it('sends nobody back for longer than a minute', () => {
    const { start, waitOf } = aLimit(1);
    start(0);
    for (let position = 1; position < 2_000; position += 1) expect(waitOf(start(position))).toBeLessThanOrEqual(60_000);
  });

  it('learns nothing from work that was given back', () => {
    const { concurrency, clock, start, waitOf, of } = aLimit(1);
    start(1);
    clock.advance(30_000);
    concurrency.ended(of(1), { kind: 'released' });
    start(2);
    expect(waitOf(start(3))).toBe(100);
  });

  it('counts work that lost its lease until it has ended, beside the message that was handed out anew', () => {
    const { concurrency, start } = aLimit(2);
    const lost = aSubject(1, { payload: { who: 'a' } });
    const anew = aSubject(1, { payload: { who: 'a' }, attempt: 2 });
    for (const subject of [lost, anew]) {
      expect(concurrency.judge(subject).kind).toBe('admit');
      concurrency.started(subject);
    }
    expect(start(2).kind).toBe('later');
    concurrency.ended(lost, { kind: 'over' });
    expect(start(2).kind).toBe('admit');
    expect(start(3).kind).toBe('later');
  });

  it('takes messages without a value at the path together', () => {
    const { start, kinds } = aLimit(1);
    expect(kinds(start(1, null), start(2, null), start(3, 'a'))).toEqual(['admit', 'later', 'admit']);
  });

  it('forgets who does not come back, so that others come to their turn', () => {
    const { start, end, clock, kinds } = aLimit(1);
    start(1);
    start(2);
    start(3);
    end(1);
    // Message 2 was purged.
    clock.advance(61_000);
    expect(kinds(start(3))).toEqual(['admit']);
  });

  it('C4 remembers so many in line and no more', () => {
    const { start, concurrency, end } = aLimit(1);
    start(0);
    for (let position = 1; position <= IN_LINE_MAX; position += 1) {
      expect(concurrency.isFull()).toBe(false);
      start(position);
    }
    expect(concurrency.isFull()).toBe(true);
    start(IN_LINE_MAX + 1);
    expect(concurrency.isFull()).toBe(true);
    end(0);
    expect(start(1).kind).toBe('admit');
    expect(concurrency.isFull()).toBe(false);
  });
});
