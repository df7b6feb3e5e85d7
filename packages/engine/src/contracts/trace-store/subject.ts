import { afterEach, beforeEach } from 'vitest';
import type { TraceBounds, TraceHop, TraceStore } from '../../ports/trace-store.ts';
import { createTestClock, type TestClock } from '../test-clock.ts';
import type { TraceStoreContract, TraceStoreUnderTest } from '../trace-store.contract.ts';

export const WIDE: TraceBounds = { hops: 100_000, bytes: 100_000_000, ageMs: 3_600_000 };

/** The trace store of the running test, on its own clock. */
export interface TraceSubject {
  readonly store: TraceStore;
  readonly clock: TestClock;
  /** Another store, empty, with these bounds; what is not named is wide. */
  open(bounds: Partial<TraceBounds>): Promise<void>;
  /** Closes the store and opens what it kept; from then on `store` is that one. */
  reopen(bounds: TraceBounds): Promise<void>;
  /** A hop of now, unless it says otherwise. */
  aHop(correlationId: string, more?: Partial<TraceHop>): TraceHop;
  /** Correlation ids of what a search finds. */
  find(key: string, limit?: number, pipelineId?: string): Promise<readonly string[]>;
  /** Correlation ids of the newest traces, each with the kind of its last hop. */
  newest(request?: Partial<Parameters<TraceStore['newest']>[0]>): Promise<readonly (readonly [string, string])[]>;
  /** Ids of the messages of a trace. */
  idsOf(correlationId: string): Promise<readonly string[]>;
}

/** A fresh store and clock for each test of the surrounding `describe`. */
export function useTraceSubject(contract: TraceStoreContract): TraceSubject {
  let clock: TestClock | undefined;
  let underTest: TraceStoreUnderTest | undefined;
  let store: TraceStore | undefined;
  const running = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('A store is there only while a test runs.');
    return part;
  };
  const subject: TraceSubject = {
    get clock() {
      return running(clock);
    },
    get store() {
      return running(store);
    },
    async open(bounds) {
      await underTest?.dispose();
      underTest = await contract.create({ clock: running(clock), bounds: { ...WIDE, ...bounds } });
      ({ store } = underTest);
    },
    async reopen(bounds) {
      const { reopen } = running(underTest);
      if (reopen === undefined) throw new Error(`${contract.name} cannot be reopened.`);
      store = await reopen(bounds);
    },
    aHop: (correlationId, more = {}) => ({
      correlationId,
      messageId: `message of ${correlationId}`,
      pipelineId: 'orders',
      version: 3,
      nodeId: 'ship',
      kind: 'worked',
      at: subject.clock.now(),
      ...more,
    }),
    find: async (key, limit = 10, pipelineId = 'orders') =>
      (await subject.store.find({ pipelineId, key, limit })).map(({ correlationId }) => correlationId),
    newest: async (request = {}) =>
      (await subject.store.newest({ pipelineId: 'orders', limit: 10, ...request })).map(({ correlationId, last }) => [
        correlationId,
        last.kind,
      ]),
    idsOf: async (correlationId) => (await subject.store.trace(correlationId)).map(({ messageId }) => messageId),
  };
  beforeEach(async () => {
    clock = createTestClock();
    await subject.open({});
  });
  afterEach(async () => {
    await underTest?.dispose();
    underTest = undefined;
  });
  return subject;
}
