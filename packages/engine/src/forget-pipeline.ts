import { discardCursor } from './operations/discard-counts.ts';
import { replayCursor } from './operations/replay-record.ts';
import type { StoreOperation } from './ports/message-store.ts';
import { storedWires } from './removed-wires/find-removed-wires.ts';
import { readVersionRecord, versionCursor } from './removed-wires/version-record.ts';
import { messagesAt } from './removed-wires/wire-source.ts';
import type { RunningParts } from './running/parts.ts';

/** What was thrown away with a pipeline. */
export interface Forgotten {
  readonly messages: number;
  readonly deadLetters: number;
}

/**
 * Forgets all that the store has of a pipeline that is not in operation: messages, dead letters, logs, positions, cursors
 * of sources and what is known of its versions. A crash in between leaves a rest; calling it again goes on. Topics stay.
 */
export async function forgetPipeline(pipelineId: string, parts: RunningParts): Promise<Forgotten> {
  const { store } = parts;
  const sources = [...(await storedWires(pipelineId, store)).values()].flat();
  const messages = await messagesAt(sources, store);
  const { messages: deadLetters } = await store.deadLetterUsage(pipelineId);
  const { current, leaving } = readVersionRecord(await store.cursor(versionCursor(pipelineId)));
  await store.forgetPipeline(pipelineId);
  const cursors = new Set<string>([discardCursor(pipelineId)]);
  for (const { document } of [...(current === undefined ? [] : [current]), ...leaving]) {
    for (const { id } of document.nodes) cursors.add(`${pipelineId}/${id}`);
    for (const { id } of document.wires) cursors.add(replayCursor(pipelineId, id));
  }
  // The record goes last: while it is there, the others can be found.
  cursors.add(versionCursor(pipelineId));
  await parts.commit([...cursors].map((source): StoreOperation => ({ op: 'drop-cursor', source })));
  return { messages, deadLetters };
}
