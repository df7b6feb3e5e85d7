import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../contracts/test-clock.ts';
import { createSingleton } from './singleton.ts';
import { aSubject } from './subjects-for-tests.ts';
import { FORGET_AFTER_MS, KEYS_MAX, type End, type Subject } from './verb.ts';

function aSingleton(mode: 'skip' | 'cancel', key: string | null = 'who') {
  const clock = createTestClock();
  const singleton = createSingleton({ key: key ?? undefined, mode }, clock);
  const subjects = new Map<number, Subject>();
  const cancelled: number[] = [];
  const of = (position: number, who: string | null = 'a'): Subject => {
    const subject = subjects.get(position) ?? aSubject(position, { payload: who === null ? {} : { who } });
    subjects.set(position, subject);
    return subject;
  };
  const look = (position: number, who?: string | null): string => {
    const subject = of(position, who);
    const verdict = singleton.judge(subject);
    if (verdict.kind === 'admit') {
      singleton.started(subject);
      subject.held.cancel = () => cancelled.push(position);
    }
    return verdict.kind === 'discard' ? verdict.reason : verdict.kind;
  };
  const end = (position: number, how: End = { kind: 'over' }): void => {
    of(position).held.cancel = undefined;
    singleton.ended(of(position), how);
  };
  return { clock, look, end, cancelled, of };
}

describe('singleton', () => {
  for (const mode of ['skip', 'cancel'] as const) {
    it(`${mode}: one of a key at a time; the next may come when it is over`, () => {
      const { look, end } = aSingleton(mode);
      expect([look(1), look(2, 'b')]).toEqual(['admit', 'admit']);
      end(1);
      expect(look(3)).toBe('admit');
    });

    it(`${mode}: messages without a value at the path pass`, () => {
      const { look } = aSingleton(mode);
      expect([look(1, null), look(2, null)]).toEqual(['admit', 'admit']);
    });

    it(`${mode}: without a key there is one for the node`, () => {
      const { look, end } = aSingleton(mode, null);
      expect(look(1, 'a')).toBe('admit');
      expect(look(2, 'b')).toBe(mode === 'skip' ? 'singleton-skipped' : 'wait');
      end(1);
      expect(look(3, 'c')).toBe('admit');
    });

    it(`${mode}: a message keeps its place while it waits for its retry, and comes back to it`, () => {
      const { look, end, clock } = aSingleton(mode);
      look(1);
      end(1, { kind: 'retry', dueAt: clock.now() + 5_000 });
      clock.advance(5_000);
      expect(look(1)).toBe('admit');
    });

    it(`${mode}: a message that is handed out anew waits for the work that lost its lease, and then keeps the place`, () => {
      const clock = createTestClock();
      const singleton = createSingleton({ key: undefined, mode }, clock);
      const [lost, anew, other] = [aSubject(1), aSubject(1, { attempt: 2 }), aSubject(2)];
      singleton.judge(lost);
      singleton.started(lost);
      expect(singleton.judge(anew).kind).toBe('wait');
      singleton.ended(lost, { kind: 'released' });
      expect(singleton.judge(anew).kind).toBe('admit');
      singleton.started(anew);
      singleton.ended(lost, { kind: 'released' });
      expect(singleton.judge(other).kind).not.toBe('admit');
    });

    it(`${mode}: a message that does not come back gives up its place`, () => {
      const { look, end, clock } = aSingleton(mode);
      look(1);
      end(1, { kind: 'retry', dueAt: clock.now() + 5_000 });
      clock.advance(5_000 + FORGET_AFTER_MS + 1);
      expect(look(2)).toBe('admit');
    });
  }

  describe('skip', () => {
    it('discards what comes while another is worked on or waits for its retry', () => {
      const { look, end, clock } = aSingleton('skip');
      look(1);
      expect(look(2)).toBe('singleton-skipped');
      end(1, { kind: 'retry', dueAt: clock.now() + 5_000 });
      expect(look(3)).toBe('singleton-skipped');
      clock.advance(5_000);
      look(1);
      end(1);
      expect(look(4)).toBe('admit');
    });

    it('C4 forgets the one whose retry is due first when there are too many keys', () => {
      const { look, end, clock } = aSingleton('skip');
      for (let n = 0; n < KEYS_MAX; n += 1) {
        look(n, `k${n}`);
        if (n > 0) end(n, { kind: 'retry', dueAt: clock.now() + 10_000 - n });
      }
      expect(look(KEYS_MAX, 'one more')).toBe('admit');
      expect(look(KEYS_MAX + 1, `k${KEYS_MAX - 1}`)).toBe('admit');
      expect(look(KEYS_MAX + 2, 'k0')).toBe('singleton-skipped');
    });
  });

  describe('cancel', () => {
    it('ends the work on the one before, and waits for that', () => {
      const { look, end, cancelled, of } = aSingleton('cancel');
      look(1);
      expect(look(2)).toBe('wait');
      expect([cancelled, of(1).held.discardAs]).toEqual([[1], 'singleton-cancelled']);
      expect(look(2)).toBe('wait');
      expect(cancelled).toEqual([1]);
      end(1);
      expect(look(2)).toBe('admit');
    });

    it('keeps the newest of several, in whatever order they are seen', () => {
      const { look, end } = aSingleton('cancel');
      look(1);
      expect([look(3), look(2), look(4)]).toEqual(['wait', 'singleton-cancelled', 'wait']);
      expect(look(3)).toBe('singleton-cancelled');
      end(1);
      expect(look(4)).toBe('admit');
    });

    it('an older message does not end the work on a newer one', () => {
      const { look, cancelled } = aSingleton('cancel');
      look(5);
      expect([look(3), cancelled]).toEqual(['singleton-cancelled', []]);
    });

    it('takes the place of one that waits for its retry, which is then discarded', () => {
      const { look, end, clock } = aSingleton('cancel');
      look(1);
      end(1, { kind: 'retry', dueAt: clock.now() + 5_000 });
      expect(look(2)).toBe('admit');
      expect(look(1)).toBe('singleton-cancelled');
      end(2);
      expect(look(3)).toBe('admit');
    });

    it('one that failed before it could be cancelled does not come back', () => {
      const { look, end, clock } = aSingleton('cancel');
      look(1);
      look(2);
      end(1, { kind: 'retry', dueAt: clock.now() + 5_000 });
      expect(look(2)).toBe('admit');
      end(2);
      clock.advance(5_000);
      expect(look(1)).toBe('singleton-cancelled');
    });

    it('does not cancel what is about to be stored', () => {
      const { look, of, end } = aSingleton('cancel');
      look(1);
      of(1).held.cancel = undefined;
      expect(look(2)).toBe('wait');
      expect(of(1).held.discardAs).toBeUndefined();
      end(1);
      expect(look(2)).toBe('admit');
    });
  });
});
