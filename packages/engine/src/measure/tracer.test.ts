import { beforeEach, describe, expect, test } from 'vitest';
import { createTestClock, type TestClock } from '../contracts/test-clock.ts';
import type { HopKind, TraceHop, TraceStore } from '../ports/trace-store.ts';
import { createTracer, isSampled, type Tracer } from './tracer.ts';

const EARLY = '00000000aaaa';
const LATE = 'ffffffffaaaa';

let clock: TestClock;
let recorded: TraceHop[][];
let refuses: boolean;
let losses: number[];
let tracer: Tracer;

beforeEach(() => {
  clock = createTestClock();
  recorded = [];
  losses = [];
  refuses = false;
  const store: Pick<TraceStore, 'record'> = {
    record(hops) {
      if (refuses) return Promise.reject(new Error('full'));
      recorded.push([...hops]);
      return Promise.resolve();
    },
  };
  tracer = createTracer({ store: store as TraceStore, clock, onLost: (_error, hops) => losses.push(hops) });
});

function hop(kind: HopKind, correlationId = LATE, at = 0): TraceHop {
  return { correlationId, messageId: correlationId, pipelineId: 'p', version: 1, nodeId: 'n', kind, at };
}

const kinds = (): readonly string[] => recorded.flat().map(({ kind }) => kind);

describe('traces', () => {
  test('T2 of a share of the messages are kept whole', async () => {
    for (const kind of ['accepted', 'worked'] as const) {
      tracer.hop(hop(kind, EARLY), 0.5);
      tracer.hop(hop(kind, LATE), 0.5);
    }
    await tracer.flush();
    expect(recorded.flat().map(({ correlationId }) => correlationId)).toEqual([EARLY, EARLY]);
  });

  test('T2 of a message that fails are kept from its beginning to its end', async () => {
    for (const kind of ['accepted', 'leased', 'retry', 'worked'] as const) tracer.hop(hop(kind), 0);
    await tracer.flush();
    expect(kinds()).toEqual(['accepted', 'leased', 'retry', 'worked']);
  });

  test('T4 reach the store in batches', async () => {
    tracer.hop(hop('accepted'), 1);
    tracer.hop(hop('worked'), 1);
    expect(recorded).toEqual([]);
    clock.advance(250);
    await tracer.flush();
    expect(recorded).toHaveLength(1);
  });

  test('T4 that the store refuses are counted and reported, and the next go on', async () => {
    refuses = true;
    tracer.hop(hop('accepted'), 1);
    await tracer.flush();
    expect([tracer.lost(), losses]).toEqual([1, [1]]);
    refuses = false;
    tracer.hop(hop('worked'), 1);
    await tracer.flush();
    expect(kinds()).toEqual(['worked']);
  });

  test('T2 T4 use bounded memory however many messages pass', async () => {
    for (let count = 0; count < 20_000; count += 1) tracer.hop(hop('accepted', `ffff${count.toString(16)}`), 0);
    // The first has been forgotten by now: what is kept of it begins with its failure.
    tracer.hop(hop('failed', 'ffff0'), 0);
    tracer.hop(hop('failed', `ffff${(19_999).toString(16)}`), 0);
    await tracer.flush();
    expect(kinds()).toEqual(['failed', 'accepted', 'failed']);
  });

  test('at the end are handed over', async () => {
    tracer.hop(hop('accepted'), 1);
    await tracer.close();
    expect(kinds()).toEqual(['accepted']);
  });
});

test('T2 a share is kept by the id alone', () => {
  expect([isSampled(EARLY, 0.01), isSampled(LATE, 0.99), isSampled(LATE, 1), isSampled(EARLY, 0)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
