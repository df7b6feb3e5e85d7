import { describe, expect, it } from 'vitest';
import type { Lease } from '../ports/message-store.ts';
import { asReplayed, readReplay, writeReplay } from './replay-record.ts';

const lease = {
  position: 7,
  token: 3,
  message: { id: 'm', key: 'k', payload: 1, headers: { a: 'b' }, enqueuedAt: 500, attempt: 1 },
} as unknown as Lease;

describe('a replayed message', () => {
  const replay = { id: 'r', startedAt: 2_000, freshIds: false };

  it('keeps its id and says which replay it belongs to', () => {
    expect(asReplayed(lease, replay)).toEqual({
      ...lease,
      message: { ...lease.message, headers: { a: 'b', 'sluice-replay': 'r' }, enqueuedAt: 2_000 },
    });
  });

  it('gets the same fresh id at every try, and another in another replay', () => {
    const idIn = (id: string): string => asReplayed(lease, { ...replay, id, freshIds: true }).message.id;
    expect(idIn('r')).toBe(idIn('r'));
    expect(new Set([idIn('r'), idIn('s'), 'm']).size).toBe(3);
  });

  it('belongs to a replay that is read as it was written', () => {
    for (const one of [replay, { ...replay, freshIds: true }]) expect(readReplay(writeReplay(one))).toEqual(one);
    for (const other of [undefined, null, 4, 'r', [], {}, { id: 'r' }]) expect(readReplay(other)).toBeUndefined();
  });
});
