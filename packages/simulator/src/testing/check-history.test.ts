import type { Lease, LeaseSource, MessageStore, StoreOperation } from '@sluice/engine';
import { createMemoryStore } from '@sluice/store-memory';
import { createTestClock } from '@sluice/engine/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  doubleLeases,
  duplicateValues,
  earlyAnswers,
  imbalances,
  inconsistentOffsets,
  resurrections,
  skippedPolls,
} from './check-history.ts';
import type { HistoryEntry } from './history.ts';

const QUEUE: LeaseSource = { kind: 'queue', queue: 'p/w1' };
const PARTITION: LeaseSource = { kind: 'group', log: 'p/in.out', group: 'p/w2', partition: 0 };

function lease(position: number, more: Partial<Lease> & { readonly id?: string } = {}): Lease {
  const { id = `m${position}`, ...rest } = more;
  return {
    source: QUEUE,
    position,
    token: 1,
    expiresAt: 0,
    crashes: 0,
    history: [],
    message: { ...stored(id), attempt: 1 },
    ...rest,
  };
}

function stored(id: string) {
  return { id, key: '', payload: {}, headers: {}, correlationId: id, eventTime: 0, enqueuedAt: 0 };
}

const leased = (at: number, one: Lease): HistoryEntry => ({ kind: 'leased', at, lease: one, leaseMs: 1_000 });
const committed = (at: number, ...operations: StoreOperation[]): HistoryEntry => ({
  kind: 'committed',
  at,
  operations,
});
const acked = (at: number, one: Lease): HistoryEntry => committed(at, { op: 'ack', lease: one });
const appended = (at: number, id: string): HistoryEntry =>
  committed(at, { op: 'append', queue: 'p/w1', message: stored(id), limit: { messages: 10, bytes: 1_000 } });

describe('a history is found wrong when', () => {
  test('a message is handed out twice at once', () => {
    expect(doubleLeases([leased(0, lease(1)), leased(500, lease(1, { token: 2 }))])).toHaveLength(1);
    expect(doubleLeases([leased(0, lease(1)), leased(1_000, lease(1, { token: 2 }))])).toEqual([]);
    expect(doubleLeases([leased(0, lease(1)), { kind: 'crashed', at: 1 }, leased(2, lease(1))])).toEqual([]);
    const extended: HistoryEntry = { kind: 'extended', at: 900, lease: lease(1), leaseMs: 1_000 };
    expect(doubleLeases([leased(0, lease(1)), extended, leased(1_500, lease(1, { token: 2 }))])).toHaveLength(1);
  });

  test('a settled message comes again', () => {
    const again = leased(5, lease(1, { token: 2 }));
    expect(resurrections([leased(0, lease(1)), acked(1, lease(1)), again])).toHaveLength(1);
    expect(resurrections([leased(0, lease(1)), again])).toEqual([]);
    const ofGroup = lease(1, { source: PARTITION });
    const sought: HistoryEntry = { kind: 'sought', at: 2, log: 'p/in.out', group: 'p/w2' };
    expect(resurrections([leased(0, ofGroup), acked(1, ofGroup), sought, leased(3, ofGroup)])).toEqual([]);
  });

  test('two messages stand at one place', () => {
    expect(inconsistentOffsets([leased(0, lease(1)), leased(1, lease(1, { id: 'other' }))])).toHaveLength(1);
    expect(inconsistentOffsets([leased(0, lease(1)), leased(1, lease(2))])).toEqual([]);
  });

  test('one message stands at two places, unless it was put back on purpose', () => {
    expect(duplicateValues([appended(0, 'm1'), appended(1, 'm1')])).toHaveLength(1);
    expect(duplicateValues([appended(0, 'm1'), appended(1, 'm2')])).toEqual([]);
    const redriven = committed(
      1,
      { op: 'append', queue: 'p/w1', message: stored('m1'), limit: { messages: 10, bytes: 1_000 } },
      { op: 'take-letter', pipelineId: 'p', letterId: 'l1' },
    );
    expect(duplicateValues([appended(0, 'm1'), redriven])).toEqual([]);
  });

  test('a group leaves something out or goes back', () => {
    const at = (position: number): Lease => lease(position, { source: PARTITION });
    expect(skippedPolls([leased(0, at(0)), acked(1, at(0)), leased(2, at(2))])).toHaveLength(1);
    expect(skippedPolls([leased(0, at(0)), leased(0, at(1)), acked(1, at(1)), leased(2, at(0))])).toHaveLength(1);
    expect(skippedPolls([leased(0, at(0)), leased(0, at(1)), acked(1, at(0)), leased(2, at(1))])).toEqual([]);
  });

  test('somebody is told before it is stored', () => {
    const told: HistoryEntry = { kind: 'told', at: 5, status: 'accepted', correlationId: 'm1' };
    expect(earlyAnswers([told, appended(6, 'm1')])).toHaveLength(1);
    expect(earlyAnswers([appended(4, 'm1'), told])).toEqual([]);
    expect(earlyAnswers([{ ...told, status: 'delivered' }])).toEqual([]);
  });

  describe('the sums', () => {
    let store: MessageStore;
    beforeEach(() => {
      store = createMemoryStore({ clock: createTestClock() });
    });

    test('of a queue do not add up', async () => {
      expect(await imbalances([appended(0, 'm1')], store)).toHaveLength(1);
      expect(await imbalances([appended(0, 'm1'), acked(1, lease(0))], store)).toEqual([]);
    });

    test('of the dead letters do not add up', async () => {
      const letter = {
        id: 'l1',
        pipelineId: 'p',
        nodeId: 'n',
        version: 1,
        reason: 'permanent' as const,
        error: { code: 'x', message: 'x' },
        cause: 'x',
        attempts: 1,
        history: [],
        message: stored('m1'),
        deadAt: 0,
      };
      const buried = committed(0, { op: 'dead-letter', letter });
      expect(await imbalances([buried], store)).toHaveLength(1);
      const taken = committed(1, { op: 'take-letter', pipelineId: 'p', letterId: 'l1' });
      expect(await imbalances([buried, taken], store)).toEqual([]);
    });
  });
});
