import type { PipelineDocument } from '@sluice/pipeline';
import type { Pipeline } from '@sluice/protocol';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { ApiError } from '../api/api-error.ts';
import { currentFromProblem } from '../api/pipeline-requests.ts';
import type { CanvasStore } from './canvas-store.ts';

type SaveState =
  | { readonly kind: 'saved' }
  | { readonly kind: 'unsaved' }
  | { readonly kind: 'saving' }
  /** Somebody else saved first. `theirs` is what the server has now. */
  | { readonly kind: 'conflict'; readonly theirs: Pipeline }
  | { readonly kind: 'failed'; readonly message: string; readonly requestId: string | null };

export interface DraftSaver {
  readonly state: StoreApi<SaveState>;
  readonly revision: () => number;
  /** Saves what is unsaved at once; answers whether the server now has everything. */
  readonly flush: () => Promise<boolean>;
  readonly loadTheirs: () => void;
  readonly overwriteTheirs: () => Promise<boolean>;
  readonly retry: () => Promise<boolean>;
  /** Begins to watch the store; the answer ends it. */
  readonly start: () => () => void;
}

export interface DraftSaverOptions {
  readonly store: CanvasStore;
  readonly revision: number;
  /** The document differs from what the server has at `revision` right from the start. */
  readonly unsaved?: boolean;
  readonly save: (document: PipelineDocument, options: { revision: number }) => Promise<Pipeline>;
  /** Called with every answer, so that what else shows the pipeline is in step. */
  readonly onSaved: (saved: Pipeline) => void;
  readonly delayMs?: number;
  readonly timers?: { readonly set: (run: () => void, ms: number) => number; readonly clear: (id: number) => void };
}

/** Saves the draft a moment after the last edit, one request at a time, never over somebody else's. */
export function createDraftSaver(options: DraftSaverOptions): DraftSaver {
  const { store, save } = options;
  const timers = options.timers ?? {
    set: (run, ms) => window.setTimeout(run, ms),
    clear: (id) => window.clearTimeout(id),
  };
  const state = createStore<SaveState>()(() => ({ kind: 'saved' }));
  const become = (next: SaveState): void => state.setState(next, true);
  let revision = options.revision;
  let savedDocument: PipelineDocument | null = options.unsaved === true ? null : store.getState().document;
  let timer: number | undefined;
  let running: Promise<boolean> | undefined;

  const isSaved = (): boolean => store.getState().document === savedDocument;

  const saveNow = async (): Promise<boolean> => {
    while (!isSaved()) {
      const { document } = store.getState();
      become({ kind: 'saving' });
      try {
        const saved = await save(document, { revision });
        revision = saved.revision;
        savedDocument = document;
        options.onSaved(saved);
      } catch (error) {
        become(stateOf(error));
        return false;
      }
    }
    become({ kind: 'saved' });
    return true;
  };

  const flush = (): Promise<boolean> => {
    if (timer !== undefined) timers.clear(timer);
    timer = undefined;
    running ??= saveNow().finally(() => {
      running = undefined;
    });
    return running;
  };

  const schedule = (): void => {
    if (state.getState().kind === 'conflict') return;
    if (state.getState().kind !== 'saving') become({ kind: 'unsaved' });
    if (timer !== undefined) timers.clear(timer);
    timer = timers.set(() => void flush(), options.delayMs ?? 600); // failures are in `state`
  };

  const start = (): (() => void) => {
    const unsubscribe = store.subscribe((now, before) => {
      if (now.document !== before.document && !isSaved()) schedule();
    });
    if (!isSaved()) schedule();
    return () => {
      unsubscribe();
      if (timer !== undefined) timers.clear(timer);
    };
  };

  return {
    state,
    revision: () => revision,
    flush,
    retry: flush,
    loadTheirs: () => {
      const now = state.getState();
      if (now.kind !== 'conflict') return;
      revision = now.theirs.revision;
      store.getState().replaceDocument(now.theirs.document);
      savedDocument = store.getState().document;
      if (timer !== undefined) timers.clear(timer);
      options.onSaved(now.theirs);
      become({ kind: 'saved' });
    },
    overwriteTheirs: () => {
      const now = state.getState();
      if (now.kind === 'conflict') revision = now.theirs.revision;
      become({ kind: 'unsaved' });
      return flush();
    },
    start,
  };
}

function stateOf(error: unknown): SaveState {
  if (error instanceof ApiError) {
    const theirs = error.status === 412 ? currentFromProblem(error.problem) : undefined;
    if (theirs !== undefined) return { kind: 'conflict', theirs };
    return { kind: 'failed', message: error.message, requestId: error.problem.requestId };
  }
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error), requestId: null };
}
