import type { Json } from '../message.ts';
import type { DiscardCounts } from './operations-interface.ts';

/** Cursor under which a pipeline's counts stand, so that they can be stored with what they count. No node has this id. */
export function discardCursor(pipelineId: string): string {
  return `${pipelineId}/.discarded`;
}

export function readDiscardCounts(value: Json | undefined): DiscardCounts {
  const counts = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const numberAt = (name: string): number => {
    const count = (counts as Readonly<Record<string, Json>>)[name];
    return typeof count === 'number' ? count : 0;
  };
  return { byHand: numberAt('byHand'), byAge: numberAt('byAge'), purged: numberAt('purged') };
}
