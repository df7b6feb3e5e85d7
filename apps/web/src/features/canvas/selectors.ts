import type { CanvasState } from '../../lib/draft/canvas-store.ts';

export const selectDocument = (state: CanvasState) => state.document;
export const selectSelection = (state: CanvasState) => state.selection;
export const selectFocused = (state: CanvasState) => state.focused;
export const selectUndoLabel = (state: CanvasState) => state.history.undo.at(-1)?.label ?? null;
export const selectRedoLabel = (state: CanvasState) => state.history.redo.at(-1)?.label ?? null;
