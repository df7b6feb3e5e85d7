import { describe, expect, it } from 'vitest';
import { TRACE_HOPS_MAX } from '../../ports/trace-store.ts';
import type { TraceSubject } from './subject.ts';

export function describeRecording(subject: TraceSubject): void {
  describe('S11 T1 a trace', () => {
    it('holds every hop whole, over all pipelines, in order of time', async () => {
      const start = subject.clock.now();
      const failed = subject.aHop('c', {
        wireId: 'w1',
        kind: 'failed',
        at: start + 20,
        attempt: 2,
        waitedMs: 1.5,
        workedMs: 0,
        code: 'target-status',
        text: 'answered "503" Zoë 🚀',
        keys: ['4711', ''],
      });
      const accepted = subject.aHop('c', { kind: 'accepted', at: start, pipelineId: 'returns' });
      await subject.store.record([failed, subject.aHop('other')]);
      await subject.store.record([
        accepted,
        subject.aHop('c', { kind: 'retry', at: start + 20, messageId: 'second of its time' }),
      ]);
      const hops = await subject.store.trace('c');
      expect(hops).toHaveLength(3);
      expect(hops[0]).toStrictEqual(accepted);
      expect(hops[1]).toStrictEqual(failed);
      expect(hops[2]).toMatchObject({ kind: 'retry' });
      expect(await subject.store.trace('never')).toEqual([]);
    });

    it(`shows its last ${TRACE_HOPS_MAX} hops`, async () => {
      const start = subject.clock.now();
      const hops = Array.from({ length: TRACE_HOPS_MAX + 200 }, (_, number) =>
        subject.aHop('c', { messageId: `m${number}`, at: start + number }),
      );
      for (let first = 0; first < hops.length; first += 300) await subject.store.record(hops.slice(first, first + 300));
      expect(await subject.idsOf('c')).toEqual(hops.slice(200).map(({ messageId }) => messageId));
    });

    it('may have any ids', async () => {
      const ids = ['', ' ', '\u0000', 'Zoë 🚀', 'x'.repeat(3_000), `${'x'.repeat(3_000)}y`];
      await subject.store.record(ids.map((id) => subject.aHop(id, { messageId: id, pipelineId: id, keys: [id] })));
      for (const id of ids) {
        expect(await subject.idsOf(id)).toEqual([id]);
        expect(await subject.find(id, 10, id)).toEqual([id]);
        expect(await subject.store.newest({ pipelineId: id, limit: 10 })).toMatchObject([{ correlationId: id }]);
      }
    });

    it('has what was recorded at the same time', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, number) =>
          subject.store.record([subject.aHop('c', { messageId: `m${number}` }), subject.aHop('d')]),
        ),
      );
      expect([...(await subject.idsOf('c'))].toSorted()).toEqual(
        Array.from({ length: 50 }, (_, number) => `m${number}`).toSorted(),
      );
      expect((await subject.store.usage()).hops).toBe(100);
    });
  });

  it('S11 records nothing when there is nothing', async () => {
    await subject.store.record([]);
    expect(await subject.store.usage()).toEqual({ hops: 0, bytes: 0 });
    expect(await subject.newest()).toEqual([]);
  });
}
