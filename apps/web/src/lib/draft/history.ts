import { z } from 'zod';
import type { Change } from './change.ts';

/** One thing a person did: undone and redone as a whole. */
export interface HistoryStep {
  /** In user words, for the menu and the announcement: `Move Webhook in`. */
  readonly label: string;
  /** Edits of one group that follow each other quickly are one step: the typing of a title. */
  readonly group: string | null;
  readonly at: number;
  readonly changes: readonly Change[];
}

export interface History {
  readonly undo: readonly HistoryStep[];
  readonly redo: readonly HistoryStep[];
}

export const EMPTY_HISTORY: History = { undo: [], redo: [] };

const MAX_STEPS = 200;
const GROUP_PAUSE_MS = 1_500;

/** Adds a step and forgets what could be redone. */
export function recordStep(history: History, step: HistoryStep): History {
  const last = history.undo.at(-1);
  if (last !== undefined && step.group !== null && last.group === step.group && step.at - last.at < GROUP_PAUSE_MS) {
    const merged = { ...last, at: step.at, changes: mergeChanges(last.changes, step.changes) };
    return { undo: [...history.undo.slice(0, -1), merged], redo: [] };
  }
  return { undo: [...history.undo, step].slice(-MAX_STEPS), redo: [] };
}

/** Two settings of the same thing in a row are one: a title typed in twenty keys is kept once. */
function mergeChanges(earlier: readonly Change[], later: readonly Change[]): readonly Change[] {
  const last = earlier.at(-1);
  const [next] = later;
  if (last === undefined || next === undefined || later.length !== 1) return [...earlier, ...later];
  const kept = earlier.slice(0, -1);
  if (last.kind === 'set-node' && next.kind === 'set-node' && last.after.id === next.before.id)
    return [...kept, { ...last, after: next.after }];
  if (last.kind === 'set-wire' && next.kind === 'set-wire' && last.after.id === next.before.id)
    return [...kept, { ...last, after: next.after }];
  if (last.kind === 'set-header' && next.kind === 'set-header') return [...kept, { ...last, after: next.after }];
  if (last.kind === 'move-node' && next.kind === 'move-node' && last.id === next.id)
    return [...kept, { ...last, after: next.after }];
  return [...earlier, ...later];
}

/** Guards against a stored history of an older page; the changes themselves were ours when they were stored. */
export const storedHistorySchema = z.object({
  undo: z.array(
    z.object({
      label: z.string(),
      group: z.string().nullable(),
      at: z.number(),
      changes: z.array(z.custom<Change>(isChange)),
    }),
  ),
  redo: z.array(
    z.object({
      label: z.string(),
      group: z.string().nullable(),
      at: z.number(),
      changes: z.array(z.custom<Change>(isChange)),
    }),
  ),
});

function isChange(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}
