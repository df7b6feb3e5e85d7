import type { CommitResult, MessageStore, StoreOperation } from '../ports/message-store.ts';
import { isShelf } from '../limits/dead-letter-shelf.ts';
import type { RunningParts } from './parts.ts';

/** `too-large`: it has no room even in an empty queue or log, so that waiting for room is of no use. */
export type FittingResult = CommitResult | { readonly ok: false; readonly reason: 'too-large'; readonly at: string };

/** Commits, and tells apart what does not fit now from what never will. */
export async function commitFitting(
  parts: Pick<RunningParts, 'commit' | 'store'>,
  operations: readonly StoreOperation[],
): Promise<FittingResult> {
  for (let look = 1; ; look += 1) {
    const result = await parts.commit(operations);
    // Dead letters that find no place now find one when some are gone.
    if (result.ok || result.reason !== 'full' || isShelf(result.at)) return result;
    if (!(await isEmpty(parts.store, result.at))) return result;
    // It may have been emptied only after the commit was refused: once more, and twice empty is empty.
    if (look === 2) return { ok: false, reason: 'too-large', at: result.at };
  }
}

async function isEmpty(store: MessageStore, at: string): Promise<boolean> {
  const groups = (await store.groups('')).filter(({ log }) => log === at);
  const sources = groups.length === 0 ? [{ queue: at }] : groups;
  for (const source of sources) if ((await store.backlog(source)).messages > 0) return false;
  return true;
}
