import { documentSchema, type PipelineDocument } from '@sluice/pipeline';
import { z } from 'zod';
import { EMPTY_HISTORY, storedHistorySchema, type History } from './history.ts';

/**
 * What a reload of the page must not lose: the undo history, and edits that have not reached the server. Kept per tab
 * in `sessionStorage`, so that two tabs do not mix.
 */
export interface DraftSession {
  readonly revision: number;
  readonly document: PipelineDocument;
  readonly history: History;
}

const storedSchema = z.object({ revision: z.number(), document: documentSchema, history: storedHistorySchema });

const keyOf = (pipelineId: string): string => `sluice.draft.${pipelineId}`;

export function storeDraftSession(storage: Storage, pipelineId: string, session: DraftSession): void {
  try {
    storage.setItem(keyOf(pipelineId), JSON.stringify(session));
  } catch (error) {
    // A full storage costs the history over a reload, not the draft: that is on the server. The newest state without
    // history is tried once more, because unsaved edits matter more than undo.
    if (!(error instanceof DOMException)) throw error;
    storage.removeItem(keyOf(pipelineId));
    if (session.history.undo.length + session.history.redo.length > 0) {
      storeDraftSession(storage, pipelineId, { ...session, history: EMPTY_HISTORY });
    }
  }
}

/**
 * How to go on after a reload. `resumed` continues where this tab was; edits that the server lacks are saved next (and
 * refused with 412 if the draft has moved on, which asks the person). `fresh` takes what the server has.
 */
export function resumeDraft(
  storage: Storage,
  pipelineId: string,
  server: { readonly revision: number; readonly document: PipelineDocument },
):
  | { readonly kind: 'fresh' }
  | { readonly kind: 'resumed'; readonly session: DraftSession; readonly unsaved: boolean } {
  const text = storage.getItem(keyOf(pipelineId));
  if (text === null) return { kind: 'fresh' };
  const parsed = storedSchema.safeParse(parseJson(text));
  if (!parsed.success) return { kind: 'fresh' };
  const session = parsed.data;
  const same = sameDocument(session.document, server.document);
  if (same) return { kind: 'resumed', session: { ...session, revision: server.revision }, unsaved: false };
  // Saved by this tab and changed since by somebody else, or nothing of ours is missing there: theirs counts.
  if (session.history.undo.length + session.history.redo.length === 0) return { kind: 'fresh' };
  if (session.revision === server.revision) return { kind: 'resumed', session, unsaved: true };
  return { kind: 'fresh' };
}

/** Equal as documents: the order of fields and an absent layout do not matter. */
function sameDocument(a: PipelineDocument, b: PipelineDocument): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([x], [y]) => (x < y ? -1 : 1)))
      : part,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
