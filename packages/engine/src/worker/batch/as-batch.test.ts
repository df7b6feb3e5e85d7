import { describe, expect, it } from 'vitest';
import type { Lease } from '../../ports/message-store.ts';
import { aHeld } from '../admission/subjects-for-tests.ts';
import { asBatch } from './as-batch.ts';

const plan = { size: 10, bytes: 1_000, waitMs: 0, key: undefined };
const leases = (...positions: readonly number[]): readonly Lease[] =>
  positions.map((position) => aHeld(position, { payload: { n: position } }).lease);

describe('V7 several messages as one', () => {
  it('have the list of payloads, the times of the oldest and the highest attempt', () => {
    const [a, b] = [aHeld(1, { payload: 'a', enqueuedAt: 50, attempt: 2 }), aHeld(2, { payload: 'b', enqueuedAt: 40 })];
    expect(asBatch([a.lease, b.lease], plan)).toMatchObject({
      payload: ['a', 'b'],
      enqueuedAt: 40,
      eventTime: 1,
      attempt: 2,
      correlationId: 'c1',
    });
  });

  it('have an id that is a function of theirs, in their order', () => {
    const id = asBatch(leases(1, 2, 3), plan).id;
    expect(asBatch(leases(1, 2, 3), plan).id).toBe(id);
    expect(new Set([id, asBatch(leases(1, 2), plan).id, asBatch(leases(2, 1, 3), plan).id, 'm1']).size).toBe(4);
  });

  it('have the headers, key and trace that all have alike', () => {
    const withHeaders = (lease: Lease, part: Partial<Lease['message']>): Lease => ({
      ...lease,
      message: { ...lease.message, ...part },
    });
    const [a, b] = leases(1, 2);
    if (a === undefined || b === undefined) throw new Error('unreachable');
    const one = withHeaders(a, { key: 'k', headers: { tenant: 't', id: '1' }, traceparent: '00-1' });
    const other = withHeaders(b, { key: 'k', headers: { tenant: 't', id: '2' }, traceparent: '00-2' });
    expect(asBatch([one, other], plan)).toMatchObject({ key: 'k', headers: { tenant: 't' } });
    expect(asBatch([one, other], plan)).not.toHaveProperty('traceparent');
    expect(asBatch([one, withHeaders(b, { key: 'else' })], plan).key).toBe('');
    expect(asBatch([one], plan)).toMatchObject({ traceparent: '00-1', headers: { id: '1' } });
  });

  it('have the value by which they go together as their key', () => {
    expect(asBatch(leases(7), { ...plan, key: 'n' }).key).toBe('7');
  });
});
