import { describe, expect, it } from 'vitest';
import type { TraceSubject } from './subject.ts';

export function describeFinding(subject: TraceSubject): void {
  describe('S11 T3 a search', () => {
    it('finds a trace by message, correlation id and keys of its hops', async () => {
      await subject.store.record([
        subject.aHop('a', { keys: ['4711', 'customer 7'] }),
        subject.aHop('b', { keys: ['customer 7'] }),
        subject.aHop('c', { messageId: '4711' }),
        subject.aHop('4711'),
        subject.aHop('d'),
      ]);
      expect(await subject.find('4711')).toEqual(['4711', 'c', 'a']);
      expect(await subject.find('customer 7')).toEqual(['b', 'a']);
      expect(await subject.find('message of d')).toEqual(['d']);
      expect(await subject.find('d')).toEqual(['d']);
      expect(await subject.find('4711', 2)).toEqual(['4711', 'c']);
      expect(await subject.find('471')).toEqual([]);
    });

    it('looks at hops of its pipeline alone, and shows the last of them', async () => {
      await subject.store.record([
        subject.aHop('a', { keys: ['4711'], kind: 'accepted' }),
        subject.aHop('a', { kind: 'stored' }),
        subject.aHop('a', { pipelineId: 'returns', kind: 'failed' }),
        subject.aHop('b', { pipelineId: 'returns', keys: ['4711'] }),
      ]);
      expect(await subject.store.find({ pipelineId: 'orders', key: '4711', limit: 10 })).toEqual([
        { correlationId: 'a', last: subject.aHop('a', { kind: 'stored' }) },
      ]);
      expect(await subject.find('4711', 10, 'returns')).toEqual(['b']);
      expect(await subject.find('a', 10, 'returns')).toEqual(['a']);
      expect(await subject.find('4711', 10, 'never')).toEqual([]);
    });

    it('shows each trace once, the one with the newest hop that has the key first', async () => {
      await subject.store.record([
        subject.aHop('a', { keys: ['k'] }),
        subject.aHop('b', { keys: ['k', 'k'] }),
        subject.aHop('a', { keys: ['k'] }),
      ]);
      await subject.store.record([subject.aHop('b')]);
      expect(await subject.find('k')).toEqual(['a', 'b']);
    });
  });

  describe('S11 the newest traces', () => {
    it('of a pipeline come with their last hop there, each once', async () => {
      await subject.store.record([
        subject.aHop('a', { kind: 'accepted' }),
        subject.aHop('b', { kind: 'accepted' }),
        subject.aHop('a', { kind: 'stored' }),
        subject.aHop('c', { kind: 'accepted', pipelineId: 'returns' }),
        subject.aHop('a', { kind: 'failed', pipelineId: 'returns' }),
      ]);
      expect(await subject.newest()).toEqual([
        ['a', 'stored'],
        ['b', 'accepted'],
      ]);
      expect(await subject.newest({ limit: 1 })).toEqual([['a', 'stored']]);
      expect(await subject.newest({ pipelineId: 'returns' })).toEqual([
        ['a', 'failed'],
        ['c', 'accepted'],
      ]);
      expect(await subject.newest({ pipelineId: 'never' })).toEqual([]);
    });

    it('can be those with a hop of some kinds', async () => {
      await subject.store.record([
        subject.aHop('a', { kind: 'failed' }),
        subject.aHop('b', { kind: 'failed' }),
        subject.aHop('a', { kind: 'worked' }),
        subject.aHop('c', { kind: 'worked' }),
        subject.aHop('d', { kind: 'dead-lettered' }),
        subject.aHop('e', { kind: 'failed', pipelineId: 'returns' }),
      ]);
      expect(await subject.newest({ kinds: ['failed'] })).toEqual([
        ['b', 'failed'],
        ['a', 'worked'],
      ]);
      expect(await subject.newest({ kinds: ['failed', 'dead-lettered'] })).toEqual([
        ['d', 'dead-lettered'],
        ['b', 'failed'],
        ['a', 'worked'],
      ]);
      expect(await subject.newest({ kinds: ['expired'] })).toEqual([]);
      expect(await subject.newest({ kinds: [] })).toEqual([]);
    });

    it('are found behind many hops of the same trace', async () => {
      await subject.store.record([subject.aHop('a')]);
      for (let round = 0; round < 5; round += 1)
        await subject.store.record(Array.from({ length: 500 }, () => subject.aHop('busy', { keys: ['k'] })));
      expect(await subject.newest({ limit: 2 })).toEqual([
        ['busy', 'worked'],
        ['a', 'worked'],
      ]);
      expect(await subject.find('k')).toEqual(['busy']);
    });
  });
}
