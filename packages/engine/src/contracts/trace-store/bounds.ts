import { describe, expect, it } from 'vitest';
import type { TraceSubject } from './subject.ts';

export function describeBounds(subject: TraceSubject): void {
  describe('S11 T4 its bounds', () => {
    it('in hops: the first go first, wherever they are looked for', async () => {
      await subject.open({ hops: 3 });
      await subject.store.record([subject.aHop('a', { keys: ['k'] }), subject.aHop('b', { keys: ['k'] })]);
      await subject.store.record([subject.aHop('c', { keys: ['k'] }), subject.aHop('b', { keys: ['k'] })]);
      expect((await subject.store.usage()).hops).toBe(3);
      expect(await subject.store.trace('a')).toEqual([]);
      expect(await subject.find('k')).toEqual(['b', 'c']);
      expect(await subject.find('message of a')).toEqual([]);
      expect(await subject.newest()).toEqual([
        ['b', 'worked'],
        ['c', 'worked'],
      ]);
      await subject.store.record([subject.aHop('d')]);
      expect(await subject.store.trace('b')).toHaveLength(1);
    });

    it('in hops hold for a batch that is larger than they are', async () => {
      await subject.open({ hops: 5 });
      await subject.store.record(
        Array.from({ length: 20 }, (_, number) => subject.aHop('c', { messageId: `m${number}` })),
      );
      expect(await subject.idsOf('c')).toEqual(['m15', 'm16', 'm17', 'm18', 'm19']);
    });

    it('in bytes: the first go first', async () => {
      await subject.store.record([subject.aHop('a')]);
      const { bytes } = await subject.store.usage();
      expect(bytes).toBeGreaterThan(50);
      await subject.open({ bytes: 10 * bytes });
      const text = 'x'.repeat(3 * bytes);
      for (const id of ['a', 'b', 'c', 'd']) await subject.store.record([subject.aHop(id, { text })]);
      expect((await subject.newest()).map(([id]) => id)).toEqual(['d', 'c']);
      expect((await subject.store.usage()).bytes).toBeLessThanOrEqual(10 * bytes);
    });

    it('in age: old hops are gone, also when nothing new comes', async () => {
      await subject.open({ ageMs: 1_000 });
      await subject.store.record([subject.aHop('a', { keys: ['k'] })]);
      subject.clock.advance(600);
      await subject.store.record([subject.aHop('b', { keys: ['k'] })]);
      subject.clock.advance(400);
      expect(await subject.store.trace('a')).toHaveLength(1);
      subject.clock.advance(1);
      expect(await subject.store.trace('a')).toEqual([]);
      expect(await subject.find('k')).toEqual(['b']);
      expect(await subject.find('a')).toEqual([]);
      expect(await subject.newest()).toEqual([['b', 'worked']]);
      expect((await subject.store.usage()).hops).toBe(1);
      subject.clock.advance(600);
      expect(await subject.newest()).toEqual([]);
      expect(await subject.store.usage()).toEqual({ hops: 0, bytes: 0 });
    });

    it('leave nothing that is counted when all is gone', async () => {
      await subject.open({ hops: 1_000, ageMs: 1_000 });
      for (let round = 0; round < 5; round += 1)
        await subject.store.record(
          Array.from({ length: 700 }, (_, number) => subject.aHop(`c${number % 90}`, { keys: ['k'] })),
        );
      expect((await subject.store.usage()).hops).toBe(1_000);
      subject.clock.advance(1_001);
      expect(await subject.store.usage()).toEqual({ hops: 0, bytes: 0 });
    });
  });

  describe('S11 forgetting a pipeline', () => {
    it('removes its hops and leaves those of others, also in the same trace', async () => {
      const many = Array.from({ length: 1_500 }, (_, number) => subject.aHop(`c${number % 7}`, { keys: ['k'] }));
      await subject.store.record(many);
      await subject.store.record([subject.aHop('c1', { pipelineId: 'returns', keys: ['k'] })]);
      const { bytes } = await subject.store.usage();
      await subject.store.forgetPipeline('orders');
      expect(await subject.newest()).toEqual([]);
      expect(await subject.find('k')).toEqual([]);
      expect(await subject.find('c1')).toEqual([]);
      expect(await subject.store.trace('c1')).toHaveLength(1);
      expect(await subject.find('k', 10, 'returns')).toEqual(['c1']);
      const after = await subject.store.usage();
      expect(after.hops).toBe(1);
      expect(after.bytes).toBeLessThan(bytes / 1_000);
      await subject.store.record([subject.aHop('new')]);
      expect(await subject.newest()).toEqual([['new', 'worked']]);
    });

    it('that nobody knows removes nothing', async () => {
      await subject.store.record([subject.aHop('a')]);
      await subject.store.forgetPipeline('never');
      expect((await subject.store.usage()).hops).toBe(1);
    });

    it('keeps to the bounds afterwards', async () => {
      await subject.open({ hops: 4 });
      await subject.store.record([
        subject.aHop('a'),
        subject.aHop('b', { pipelineId: 'returns' }),
        subject.aHop('c'),
        subject.aHop('d', { pipelineId: 'returns' }),
      ]);
      await subject.store.forgetPipeline('orders');
      await subject.store.record([subject.aHop('e'), subject.aHop('f'), subject.aHop('g')]);
      expect((await subject.store.usage()).hops).toBe(4);
      expect(await subject.store.trace('b')).toEqual([]);
      expect(await subject.store.trace('d')).toHaveLength(1);
    });
  });
}
