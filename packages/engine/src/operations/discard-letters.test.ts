import { describe, expect, it } from 'vitest';
import type { Json } from '../message.ts';
import type { CommitResult, DeadLetter, StoreOperation } from '../ports/message-store.ts';
import type { TraceHop } from '../ports/trace-store.ts';
import type { RunningParts } from '../running/parts.ts';
import { createTurns } from '../turns.ts';
import { createDiscarding } from './discard-letters.ts';
import { DISCARD_MAX } from './operations-interface.ts';

const letterOf = (id: string): DeadLetter =>
  ({
    id,
    pipelineId: 'p',
    nodeId: 'ship',
    wireId: 'w1',
    version: 3,
    message: { id: `m-${id}`, correlationId: `c-${id}` },
  }) as DeadLetter;

/** Letters on a shelf, from which somebody else takes `gone` right before the first commit. */
function shelf(ids: readonly string[], gone: readonly string[] = []) {
  let kept = ids.map(letterOf);
  let counts: Json | undefined;
  const hops: TraceHop[] = [];
  const sizes: number[] = [];
  const commit = (operations: readonly StoreOperation[]): Promise<CommitResult> => {
    kept = kept.filter(({ id }) => !gone.includes(id));
    const taken = operations.flatMap((operation) => (operation.op === 'take-letter' ? [operation.letterId] : []));
    const missing = taken.find((id) => !kept.some((letter) => letter.id === id));
    if (missing !== undefined) return Promise.resolve({ ok: false, reason: 'letter-gone', letterId: missing });
    kept = kept.filter(({ id }) => !taken.includes(id));
    sizes.push(taken.length);
    for (const operation of operations) if (operation.op === 'cursor') counts = operation.value;
    return Promise.resolve({ ok: true });
  };
  const parts = {
    clock: { now: () => 1_000 },
    store: {
      cursor: () => Promise.resolve(counts),
      deadLetter: (_: string, id: string) => Promise.resolve(kept.find((letter) => letter.id === id)),
      deadLetters: ({ limit }: { readonly limit: number }) => Promise.resolve(kept.slice(0, limit)),
    },
    commit,
    trace: () => {},
    tracer: { hop: (hop: TraceHop) => hops.push(hop) },
  } as unknown as RunningParts;
  return { discarding: createDiscarding(parts, createTurns()), hops, sizes, kept: () => kept };
}

describe('O6 discarding dead letters', () => {
  it('leaves out what goes meanwhile, and counts what it took', async () => {
    const { discarding, hops } = shelf(['a', 'b', 'c', 'd'], ['b', 'd']);
    expect(await discarding.letters({ pipelineId: 'p' })).toEqual({ discarded: 2, hasMore: false });
    expect(await discarding.counts('p')).toEqual({ byHand: 2, byAge: 0, purged: 0 });
    expect(hops.map(({ messageId, kind, version }) => [messageId, kind, version])).toEqual([
      ['m-a', 'discarded', 3],
      ['m-c', 'discarded', 3],
    ]);
  });

  it('C4 takes them in bounded commits, and so many at a call', async () => {
    const { discarding, sizes, kept } = shelf(Array.from({ length: DISCARD_MAX + 150 }, (_, index) => `d${index}`));
    expect(await discarding.letters({ pipelineId: 'p' })).toEqual({ discarded: DISCARD_MAX, hasMore: true });
    expect(Math.max(...sizes)).toBe(100);
    expect(kept()).toHaveLength(150);
    expect(await discarding.letters({ pipelineId: 'p' })).toEqual({ discarded: 150, hasMore: false });
    expect(await discarding.counts('p')).toEqual({ byHand: DISCARD_MAX + 150, byAge: 0, purged: 0 });
  });

  it('one that is gone is not counted', async () => {
    const { discarding } = shelf(['a']);
    expect(await discarding.letter('p', 'a')).toBe(true);
    expect(await discarding.letter('p', 'a')).toBe(false);
    expect(await discarding.counts('p')).toEqual({ byHand: 1, byAge: 0, purged: 0 });
  });
});
