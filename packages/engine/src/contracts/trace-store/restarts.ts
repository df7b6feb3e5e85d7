import { expect, it } from 'vitest';
import { type TraceSubject, WIDE } from './subject.ts';

export function describeTracesAfterRestart(subject: TraceSubject): void {
  it('S11 after a restart everything is there that the bounds allow, and is counted', async () => {
    await subject.store.record([
      subject.aHop('a', { keys: ['k'] }),
      subject.aHop('b', { keys: ['k'] }),
      subject.aHop('c', { kind: 'failed' }),
    ]);
    const usage = await subject.store.usage();
    await subject.reopen(WIDE);
    expect(await subject.store.usage()).toEqual(usage);
    expect(await subject.find('k')).toEqual(['b', 'a']);
    await subject.store.record([subject.aHop('d')]);
    expect(await subject.newest()).toEqual([
      ['d', 'worked'],
      ['c', 'failed'],
      ['b', 'worked'],
      ['a', 'worked'],
    ]);
    await subject.reopen({ ...WIDE, hops: 2 });
    expect((await subject.store.usage()).hops).toBe(2);
    expect(await subject.newest()).toEqual([
      ['d', 'worked'],
      ['c', 'failed'],
    ]);
  });
}
