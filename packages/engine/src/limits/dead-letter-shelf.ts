import type { Clock } from '../ports/clock.ts';
import { deadLetterShelf, type StoreOperation } from '../ports/message-store.ts';
import type { Hold } from '../running/graph.ts';

/** Bounds of the dead letters of a pipeline. */
export interface ShelfBounds {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * The dead letters of a pipeline, as far as their bounds go. The store refuses what would be too many; who was refused
 * waits until there is room again. Nothing is given up for want of room.
 */
export interface DeadLetterShelf {
  /** A commit found no place here. */
  refused(): void;
  /** Why whoever was refused waits; `undefined`: it may try again. */
  hold(): Omit<Hold, 'since'> | undefined;
  fullSince(): number | undefined;
  /** What the store counts now. */
  review(usage: ShelfBounds): void;
}

/** Asked again after this, should nobody say that there is room. */
const LOOK_MS = 1_000;

export function createDeadLetterShelf(parts: {
  readonly bounds: () => ShelfBounds;
  readonly clock: Clock;
  readonly onChange: (state: 'open' | 'full') => void;
}): DeadLetterShelf {
  /** `at`: what stood there when it was refused, and the bounds then; known from the review after it on. */
  let full: { readonly since: number; at?: { readonly usage: ShelfBounds; readonly bounds: ShelfBounds } } | undefined;

  return {
    refused() {
      if (full !== undefined) return;
      full = { since: parts.clock.now() };
      parts.onChange('full');
    },
    hold: () => (full === undefined ? undefined : { by: SHELF, text: 'they are full', full: true, waitMs: LOOK_MS }),
    fullSince: () => full?.since,
    review(usage) {
      if (full === undefined) return;
      const bounds = parts.bounds();
      // What found no place may be larger than the room there is: only when there is more of it, trying is worth while.
      full.at ??= { usage, bounds: { ...bounds } };
      const gone = usage.messages < full.at.usage.messages || usage.bytes < full.at.usage.bytes;
      const grown = bounds.messages > full.at.bounds.messages || bounds.bytes > full.at.bounds.bytes;
      if (!gone && !grown) return;
      full = undefined;
      parts.onChange('open');
    },
  };
}

/** What a hold by dead letters is called. No node or wire has this id, for it would hold a blank. */
export const SHELF = 'dead letters';

/** Whether a commit was refused for want of room for dead letters. */
export function isShelf(at: string): boolean {
  return at.startsWith(deadLetterShelf(''));
}

/** Gives every dead letter of a commit its bounds. */
export function withinShelf(operations: readonly StoreOperation[], limit: ShelfBounds): readonly StoreOperation[] {
  if (!operations.some(({ op }) => op === 'dead-letter')) return operations;
  return operations.map((operation) => (operation.op === 'dead-letter' ? { limit, ...operation } : operation));
}
