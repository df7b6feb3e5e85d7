import { describe, expect, it } from 'vitest';
import { createDebounceRun } from './debounce-run.ts';
import { aHeld } from './subjects-for-tests.ts';
import type { Verdict } from './verb.ts';

/** `a0 b5 a20`: of key a published at 0, of key b at 5 and so on. */
const run = (text: string, attempt = 1) =>
  text.split(' ').map((word, index) => {
    const at = Number(word.slice(1));
    const who = word[0] ?? '';
    return aHeld(index, { payload: who === '-' ? {} : { who }, enqueuedAt: at, attempt }).lease;
  });

const said = (verdict: Verdict): string =>
  verdict.kind === 'later' ? `later ${verdict.dueAt}` : verdict.kind === 'discard' ? verdict.reason : verdict.kind;

describe('V10 debounce on a partition', () => {
  const debounce = (maxWaitMs = 1_000) => createDebounceRun({ periodMs: 100, key: 'who', maxWaitMs });

  it.each([
    ['waits until the period is over, and the partition with it', 'a0', 50, 'later 100'],
    ['is worked on when nothing of its key came in that time', 'a0', 100, 'admit'],
    ['is discarded when one of its key is behind it', 'a0 b5 a99', 100, 'debounced'],
    ['is discarded at once, before its time, when that is known', 'a0 a10', 20, 'debounced'],
    ['is not concerned with other keys', 'a0 b5 b50', 100, 'admit'],
    ['is not concerned with what came later than the period', 'a0 a101', 300, 'admit'],
    ['without a value at the path passes', '-0 -5', 10, 'admit'],
  ])('the first message %s', (_, messages, now, verdict) => {
    expect(said(debounce().judge(run(messages), now))).toBe(verdict);
  });

  it('does not look again for a tenth of the period, and then finds more', () => {
    expect(said(debounce().judge(run('a0'), 98))).toBe('later 108');
  });

  it('works on the latest when the longest wait is over', () => {
    const judging = debounce(250);
    const published = run('a0 a90 a180 a240 a330 a420');
    const verdicts: string[] = [];
    for (let from = 0; from < published.length; from += 1)
      verdicts.push(said(judging.judge(published.slice(from), 10_000)));
    expect(verdicts).toEqual(['debounced', 'debounced', 'debounced', 'admit', 'debounced', 'admit']);
  });

  it('V9 lets a retry pass', () => {
    expect(said(debounce().judge(run('a0 a10', 2), 20))).toBe('admit');
  });
});
