import { describe, expect, it } from 'vitest';
import { createOutcomeWatch } from './outcome-watch.ts';

describe('messages whose end is waited for', () => {
  it('are told apart by their queue', () => {
    const watch = createOutcomeWatch();
    watch.expect('p/w1', 'm');
    expect(watch.settled('p/w2', 'm')).toBe(false);
    expect(watch.outstanding()).toBe(1);
    expect(watch.settled('p/w1', 'm')).toBe(true);
    expect(watch.settled('p/w1', 'm')).toBe(false);
    expect(watch.outstanding()).toBe(0);
    expect(watch.queues()).toEqual([]);
  });

  it('that share an id are as many as there are', () => {
    const watch = createOutcomeWatch();
    watch.expect('p/w1', 'm');
    watch.expect('p/w1', 'm');
    expect([watch.settled('p/w1', 'm'), watch.outstanding()]).toEqual([true, 1]);
    expect([watch.settled('p/w1', 'm'), watch.outstanding()]).toEqual([true, 0]);
  });

  it('are waited for no longer when their queue was emptied', () => {
    const watch = createOutcomeWatch();
    for (const id of ['a', 'b']) watch.expect('p/w1', id);
    watch.expect('p/w2', 'c');
    expect(watch.loseSight('p/w1')).toBe(2);
    expect(watch.loseSight('p/w1')).toBe(0);
    expect(watch.settled('p/w1', 'a')).toBe(false);
    expect([watch.queues(), watch.outstanding()]).toEqual([['p/w2'], 1]);
  });

  it('that were not stored after all are forgotten', () => {
    const watch = createOutcomeWatch();
    watch.expect('p/w1', 'm');
    watch.forget('p/w1', 'm');
    watch.forget('p/w1', 'm');
    expect(watch.outstanding()).toBe(0);
  });
});
