import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import { type TraceBounds, type TraceHop, TRACE_HOPS_MAX, type TraceStore } from '../ports/trace-store.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

/** A trace store in the hands of the suite. */
export interface TraceStoreUnderTest {
  readonly store: TraceStore;
  /** Closes the store and opens it again with these bounds. Absent when nothing of it could be left. */
  readonly reopen?: (bounds: TraceBounds) => Promise<TraceStore>;
  /** Ends whichever store is open and removes what it kept. */
  readonly dispose: () => Promise<void>;
}

export interface TraceStoreContract {
  readonly name: string;
  readonly capabilities: {
    /** `create` gives a `reopen`; what was recorded survives it. */
    readonly restarts: boolean;
  };
  readonly create: (options: { readonly clock: Clock; readonly bounds: TraceBounds }) => Promise<TraceStoreUnderTest>;
}

const WIDE: TraceBounds = { hops: 100_000, bytes: 100_000_000, ageMs: 3_600_000 };

/** What every trace store must do. */
export function describeTraceStore(contract: TraceStoreContract): void {
  describe(`trace store: ${contract.name}`, () => {
    let clock: TestClock;
    let underTest: TraceStoreUnderTest | undefined;
    let store: TraceStore;
    const open = async (bounds: Partial<TraceBounds> = {}): Promise<void> => {
      await underTest?.dispose();
      underTest = await contract.create({ clock, bounds: { ...WIDE, ...bounds } });
      ({ store } = underTest);
    };
    beforeEach(async () => {
      clock = createTestClock();
      await open();
    });
    afterEach(async () => {
      await underTest?.dispose();
      underTest = undefined;
    });

    /** A hop of now, unless it says otherwise. */
    const aHop = (correlationId: string, more: Partial<TraceHop> = {}): TraceHop => ({
      correlationId,
      messageId: `message of ${correlationId}`,
      pipelineId: 'orders',
      version: 3,
      nodeId: 'ship',
      kind: 'worked',
      at: clock.now(),
      ...more,
    });
    const find = async (key: string, limit = 10, pipelineId = 'orders'): Promise<readonly string[]> =>
      (await store.find({ pipelineId, key, limit })).map(({ correlationId }) => correlationId);
    const newest = async (
      request: Partial<Parameters<TraceStore['newest']>[0]> = {},
    ): Promise<readonly (readonly [string, string])[]> =>
      (await store.newest({ pipelineId: 'orders', limit: 10, ...request })).map(({ correlationId, last }) => [
        correlationId,
        last.kind,
      ]);
    const idsOf = async (correlationId: string): Promise<readonly string[]> =>
      (await store.trace(correlationId)).map(({ messageId }) => messageId);

    describe('a trace', () => {
      it('holds every hop whole, over all pipelines, in order of time', async () => {
        const start = clock.now();
        const failed = aHop('c', {
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
        const accepted = aHop('c', { kind: 'accepted', at: start, pipelineId: 'returns' });
        await store.record([failed, aHop('other')]);
        await store.record([accepted, aHop('c', { kind: 'retry', at: start + 20, messageId: 'second of its time' })]);
        const hops = await store.trace('c');
        expect(hops).toHaveLength(3);
        expect(hops[0]).toStrictEqual(accepted);
        expect(hops[1]).toStrictEqual(failed);
        expect(hops[2]).toMatchObject({ kind: 'retry' });
        expect(await store.trace('never')).toEqual([]);
      });

      it(`shows its last ${TRACE_HOPS_MAX} hops`, async () => {
        const start = clock.now();
        const hops = Array.from({ length: TRACE_HOPS_MAX + 200 }, (_, number) =>
          aHop('c', { messageId: `m${number}`, at: start + number }),
        );
        for (let first = 0; first < hops.length; first += 300) await store.record(hops.slice(first, first + 300));
        expect(await idsOf('c')).toEqual(hops.slice(200).map(({ messageId }) => messageId));
      });

      it('may have any ids', async () => {
        const ids = ['', ' ', '\u0000', 'Zoë 🚀', 'x'.repeat(3_000), `${'x'.repeat(3_000)}y`];
        await store.record(ids.map((id) => aHop(id, { messageId: id, pipelineId: id, keys: [id] })));
        for (const id of ids) {
          expect(await idsOf(id)).toEqual([id]);
          expect(await find(id, 10, id)).toEqual([id]);
          expect(await store.newest({ pipelineId: id, limit: 10 })).toMatchObject([{ correlationId: id }]);
        }
      });

      it('has what was recorded at the same time', async () => {
        await Promise.all(
          Array.from({ length: 50 }, (_, number) => store.record([aHop('c', { messageId: `m${number}` }), aHop('d')])),
        );
        expect([...(await idsOf('c'))].toSorted()).toEqual(
          Array.from({ length: 50 }, (_, number) => `m${number}`).toSorted(),
        );
        expect((await store.usage()).hops).toBe(100);
      });
    });

    describe('a search', () => {
      it('finds a trace by message, correlation id and keys of its hops', async () => {
        await store.record([
          aHop('a', { keys: ['4711', 'customer 7'] }),
          aHop('b', { keys: ['customer 7'] }),
          aHop('c', { messageId: '4711' }),
          aHop('4711'),
          aHop('d'),
        ]);
        expect(await find('4711')).toEqual(['4711', 'c', 'a']);
        expect(await find('customer 7')).toEqual(['b', 'a']);
        expect(await find('message of d')).toEqual(['d']);
        expect(await find('d')).toEqual(['d']);
        expect(await find('4711', 2)).toEqual(['4711', 'c']);
        expect(await find('471')).toEqual([]);
      });

      it('looks at hops of its pipeline alone, and shows the last of them', async () => {
        await store.record([
          aHop('a', { keys: ['4711'], kind: 'accepted' }),
          aHop('a', { kind: 'stored' }),
          aHop('a', { pipelineId: 'returns', kind: 'failed' }),
          aHop('b', { pipelineId: 'returns', keys: ['4711'] }),
        ]);
        expect(await store.find({ pipelineId: 'orders', key: '4711', limit: 10 })).toEqual([
          { correlationId: 'a', last: aHop('a', { kind: 'stored' }) },
        ]);
        expect(await find('4711', 10, 'returns')).toEqual(['b']);
        expect(await find('a', 10, 'returns')).toEqual(['a']);
        expect(await find('4711', 10, 'never')).toEqual([]);
      });

      it('shows each trace once, the one with the newest hop that has the key first', async () => {
        await store.record([aHop('a', { keys: ['k'] }), aHop('b', { keys: ['k', 'k'] }), aHop('a', { keys: ['k'] })]);
        await store.record([aHop('b')]);
        expect(await find('k')).toEqual(['a', 'b']);
      });
    });

    describe('the newest traces', () => {
      it('of a pipeline come with their last hop there, each once', async () => {
        await store.record([
          aHop('a', { kind: 'accepted' }),
          aHop('b', { kind: 'accepted' }),
          aHop('a', { kind: 'stored' }),
          aHop('c', { kind: 'accepted', pipelineId: 'returns' }),
          aHop('a', { kind: 'failed', pipelineId: 'returns' }),
        ]);
        expect(await newest()).toEqual([
          ['a', 'stored'],
          ['b', 'accepted'],
        ]);
        expect(await newest({ limit: 1 })).toEqual([['a', 'stored']]);
        expect(await newest({ pipelineId: 'returns' })).toEqual([
          ['a', 'failed'],
          ['c', 'accepted'],
        ]);
        expect(await newest({ pipelineId: 'never' })).toEqual([]);
      });

      it('can be those with a hop of some kinds', async () => {
        await store.record([
          aHop('a', { kind: 'failed' }),
          aHop('b', { kind: 'failed' }),
          aHop('a', { kind: 'worked' }),
          aHop('c', { kind: 'worked' }),
          aHop('d', { kind: 'dead-lettered' }),
          aHop('e', { kind: 'failed', pipelineId: 'returns' }),
        ]);
        expect(await newest({ kinds: ['failed'] })).toEqual([
          ['b', 'failed'],
          ['a', 'worked'],
        ]);
        expect(await newest({ kinds: ['failed', 'dead-lettered'] })).toEqual([
          ['d', 'dead-lettered'],
          ['b', 'failed'],
          ['a', 'worked'],
        ]);
        expect(await newest({ kinds: ['expired'] })).toEqual([]);
        expect(await newest({ kinds: [] })).toEqual([]);
      });

      it('are found behind many hops of the same trace', async () => {
        await store.record([aHop('a')]);
        for (let round = 0; round < 5; round += 1)
          await store.record(Array.from({ length: 500 }, () => aHop('busy', { keys: ['k'] })));
        expect(await newest({ limit: 2 })).toEqual([
          ['busy', 'worked'],
          ['a', 'worked'],
        ]);
        expect(await find('k')).toEqual(['busy']);
      });
    });

    describe('its bounds', () => {
      it('in hops: the first go first, wherever they are looked for', async () => {
        await open({ hops: 3 });
        await store.record([aHop('a', { keys: ['k'] }), aHop('b', { keys: ['k'] })]);
        await store.record([aHop('c', { keys: ['k'] }), aHop('b', { keys: ['k'] })]);
        expect((await store.usage()).hops).toBe(3);
        expect(await store.trace('a')).toEqual([]);
        expect(await find('k')).toEqual(['b', 'c']);
        expect(await find('message of a')).toEqual([]);
        expect(await newest()).toEqual([
          ['b', 'worked'],
          ['c', 'worked'],
        ]);
        await store.record([aHop('d')]);
        expect(await store.trace('b')).toHaveLength(1);
      });

      it('in hops hold for a batch that is larger than they are', async () => {
        await open({ hops: 5 });
        await store.record(Array.from({ length: 20 }, (_, number) => aHop('c', { messageId: `m${number}` })));
        expect(await idsOf('c')).toEqual(['m15', 'm16', 'm17', 'm18', 'm19']);
      });

      it('in bytes: the first go first', async () => {
        await store.record([aHop('a')]);
        const { bytes } = await store.usage();
        expect(bytes).toBeGreaterThan(50);
        await open({ bytes: 10 * bytes });
        const text = 'x'.repeat(3 * bytes);
        for (const id of ['a', 'b', 'c', 'd']) await store.record([aHop(id, { text })]);
        expect((await newest()).map(([id]) => id)).toEqual(['d', 'c']);
        expect((await store.usage()).bytes).toBeLessThanOrEqual(10 * bytes);
      });

      it('in age: old hops are gone, also when nothing new comes', async () => {
        await open({ ageMs: 1_000 });
        await store.record([aHop('a', { keys: ['k'] })]);
        clock.advance(600);
        await store.record([aHop('b', { keys: ['k'] })]);
        clock.advance(400);
        expect(await store.trace('a')).toHaveLength(1);
        clock.advance(1);
        expect(await store.trace('a')).toEqual([]);
        expect(await find('k')).toEqual(['b']);
        expect(await find('a')).toEqual([]);
        expect(await newest()).toEqual([['b', 'worked']]);
        expect((await store.usage()).hops).toBe(1);
        clock.advance(600);
        expect(await newest()).toEqual([]);
        expect(await store.usage()).toEqual({ hops: 0, bytes: 0 });
      });

      it('leave nothing that is counted when all is gone', async () => {
        await open({ hops: 1_000, ageMs: 1_000 });
        for (let round = 0; round < 5; round += 1)
          await store.record(Array.from({ length: 700 }, (_, number) => aHop(`c${number % 90}`, { keys: ['k'] })));
        expect((await store.usage()).hops).toBe(1_000);
        clock.advance(1_001);
        expect(await store.usage()).toEqual({ hops: 0, bytes: 0 });
      });
    });

    it('records nothing when there is nothing', async () => {
      await store.record([]);
      expect(await store.usage()).toEqual({ hops: 0, bytes: 0 });
      expect(await newest()).toEqual([]);
    });

    describe('forgetting a pipeline', () => {
      it('removes its hops and leaves those of others, also in the same trace', async () => {
        const many = Array.from({ length: 1_500 }, (_, number) => aHop(`c${number % 7}`, { keys: ['k'] }));
        await store.record(many);
        await store.record([aHop('c1', { pipelineId: 'returns', keys: ['k'] })]);
        const { bytes } = await store.usage();
        await store.forgetPipeline('orders');
        expect(await newest()).toEqual([]);
        expect(await find('k')).toEqual([]);
        expect(await find('c1')).toEqual([]);
        expect(await store.trace('c1')).toHaveLength(1);
        expect(await find('k', 10, 'returns')).toEqual(['c1']);
        const after = await store.usage();
        expect(after.hops).toBe(1);
        expect(after.bytes).toBeLessThan(bytes / 1_000);
        await store.record([aHop('new')]);
        expect(await newest()).toEqual([['new', 'worked']]);
      });

      it('that nobody knows removes nothing', async () => {
        await store.record([aHop('a')]);
        await store.forgetPipeline('never');
        expect((await store.usage()).hops).toBe(1);
      });

      it('keeps to the bounds afterwards', async () => {
        await open({ hops: 4 });
        await store.record([
          aHop('a'),
          aHop('b', { pipelineId: 'returns' }),
          aHop('c'),
          aHop('d', { pipelineId: 'returns' }),
        ]);
        await store.forgetPipeline('orders');
        await store.record([aHop('e'), aHop('f'), aHop('g')]);
        expect((await store.usage()).hops).toBe(4);
        expect(await store.trace('b')).toEqual([]);
        expect(await store.trace('d')).toHaveLength(1);
      });
    });

    if (!contract.capabilities.restarts) return;
    it('after a restart everything is there that the bounds allow, and is counted', async () => {
      const { reopen } = underTest ?? {};
      if (reopen === undefined) throw new Error(`${contract.name} cannot be reopened.`);
      await store.record([aHop('a', { keys: ['k'] }), aHop('b', { keys: ['k'] }), aHop('c', { kind: 'failed' })]);
      const usage = await store.usage();
      store = await reopen(WIDE);
      expect(await store.usage()).toEqual(usage);
      expect(await find('k')).toEqual(['b', 'a']);
      await store.record([aHop('d')]);
      expect(await newest()).toEqual([
        ['d', 'worked'],
        ['c', 'failed'],
        ['b', 'worked'],
        ['a', 'worked'],
      ]);
      store = await reopen({ ...WIDE, hops: 2 });
      expect((await store.usage()).hops).toBe(2);
      expect(await newest()).toEqual([
        ['d', 'worked'],
        ['c', 'failed'],
      ]);
    });
  });
}
