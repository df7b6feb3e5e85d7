import type { NodeCatalogue, PipelineDocument, WireDocument } from '@sluice/pipeline';
import { titleOf } from '../../lib/draft/node-title.ts';
import { wireSource } from '../../lib/draft/wire-ends.ts';
import { counted } from '../../lib/format/compact-number.ts';

/**
 * What becomes of the messages that wait on a wire when a deployment changes it: they move by themselves between queue
 * and log; a wire that is removed or turns to push must hold none, or give them up.
 */
export interface WaitingFate {
  readonly wireId: string;
  readonly fate: 'into-log' | 'into-queue' | 'must-drain';
}

/** Wires whose waiting messages a deployment concerns. A push wire keeps none, and is left out. */
export function waitingFates(running: PipelineDocument, draft: PipelineDocument): readonly WaitingFate[] {
  const after = new Map(draft.wires.map((wire) => [wire.id, wire]));
  return running.wires.flatMap((wire) => {
    const fate = fateOf(wire, after.get(wire.id));
    return fate === null ? [] : [{ wireId: wire.id, fate }];
  });
}

function fateOf(before: WireDocument, after: WireDocument | undefined): WaitingFate['fate'] | null {
  if (before.delivery === 'push') return null;
  if (after === undefined || after.delivery === 'push') return 'must-drain';
  if (after.delivery === before.delivery) return null;
  return after.delivery === 'event' ? 'into-log' : 'into-queue';
}

/** One sentence for people, about `waiting` messages (more than none) on the wire of this name. */
export function fateWords(fate: WaitingFate['fate'], wireName: string, waiting: number): string {
  const subject = `${counted(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'} on ${wireName}`;
  const they = waiting === 1 ? 'it' : 'they';
  switch (fate) {
    case 'into-log':
      return `${subject}: ${they} ${waiting === 1 ? 'moves' : 'move'} into the log.`;
    case 'into-queue':
      return `${subject}: ${they} ${waiting === 1 ? 'moves' : 'move'} onto the queue.`;
    case 'must-drain':
      return `${subject}: ${they} must drain first, or go to dead letter.`;
  }
}

/** A wire by its two ends, from the first document that has it; its id where none has. */
export function wireName(
  wireId: string,
  documents: readonly (PipelineDocument | undefined)[],
  catalogue: NodeCatalogue,
): string {
  for (const document of documents) {
    const wire = document?.wires.find((candidate) => candidate.id === wireId);
    if (document !== undefined && wire !== undefined)
      return `${titleOf(document, wireSource(wire).nodeId, catalogue)} → ${titleOf(document, wire.to, catalogue)}`;
  }
  return `wire ${wireId}`;
}
