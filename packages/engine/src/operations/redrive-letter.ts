import { noteHop } from '../measure/note-hop.ts';
import type { StoredMessage } from '../message.ts';
import type { QueueId } from '../ports/message-store.ts';
import { commitFitting } from '../running/commit-fitting.ts';
import type { RunningGraph } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import type { RedriveResult } from './operations-interface.ts';
import { placeLetter, placeName } from './placement.ts';

/** Is told of a redriven message before it can be worked on, and that it was not stored after all. */
export interface RedriveWitness {
  expect(queue: QueueId, messageId: string): void;
  forget(queue: QueueId, messageId: string): void;
}

/**
 * Puts the message of one letter back, in one commit that takes the letter: it is never in both places and never in none,
 * and of two who redrive it at once one finds it gone.
 */
export async function redriveLetter(request: {
  readonly graph: RunningGraph;
  readonly parts: RunningParts;
  readonly letterId: string;
  readonly toWire: string | undefined;
  readonly witness?: RedriveWitness;
}): Promise<RedriveResult> {
  const { graph, parts, letterId, toWire, witness } = request;
  const { pipelineId } = graph.plan;
  const letter = await parts.store.deadLetter(pipelineId, letterId);
  if (letter === undefined) return { ok: false, reason: 'letter-gone' };
  const placement = placeLetter(graph, letter, toWire);
  if (placement === undefined) return { ok: false, reason: 'wire-gone', wireId: toWire ?? placeName(letter) };
  const { wireId, queue } = placement;
  if (!placement.isOpen()) return { ok: false, reason: 'full', wireId };
  // The time of its first life would have it expire, or be too old to be retried, at once.
  const message: StoredMessage = { ...letter.message, enqueuedAt: parts.clock.now() };

  witness?.expect(queue, message.id);
  const result = await commitFitting(parts, [{ op: 'take-letter', pipelineId, letterId }, placement.append(message)]);
  if (result.ok) {
    placement.stored();
    parts.trace?.({ kind: 'redriven', pipelineId, elementId: wireId, messageId: message.id });
    noteHop({ graph, parts }, message, { kind: 'redriven', nodeId: letter.nodeId, wireId });
    return { ok: true, wireId, messageId: message.id };
  }
  witness?.forget(queue, message.id);
  switch (result.reason) {
    case 'letter-gone':
      return { ok: false, reason: 'letter-gone' };
    case 'full':
    case 'too-large':
      return { ok: false, reason: result.reason, wireId };
    case 'duplicate':
    case 'lease-lost':
      throw new Error(`A redrive holds no lease and remembers no key: ${result.reason}`);
  }
}
