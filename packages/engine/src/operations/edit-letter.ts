import type { DeadLetter } from '../ports/message-store.ts';
import type { RunningParts } from '../running/parts.ts';
import type { EditResult, LetterEdit } from './operations-interface.ts';

/**
 * Replaces what a letter carries. Takes it and puts it back in one commit, so that it is not made again when it is gone.
 * Where the dead letters hold more than `limitBytes` already, an edit may still make one smaller.
 */
export async function editLetter(edit: LetterEdit, parts: RunningParts, limitBytes: number): Promise<EditResult> {
  const { pipelineId, letterId } = edit;
  const before = await parts.store.deadLetter(pipelineId, letterId);
  if (before === undefined) return { ok: false, reason: 'letter-gone' };
  const { bytes } = await parts.store.deadLetterUsage(pipelineId);
  const letter: DeadLetter = {
    ...before,
    message: {
      ...before.message,
      ...(edit.payload === undefined ? {} : { payload: edit.payload }),
      ...(edit.key === undefined ? {} : { key: edit.key }),
      ...(edit.headers === undefined ? {} : { headers: edit.headers }),
    },
    editedAt: parts.clock.now(),
  };
  const limit = { messages: Number.MAX_SAFE_INTEGER, bytes: Math.max(limitBytes, bytes) };
  const result = await parts.commit([
    { op: 'take-letter', pipelineId, letterId },
    { op: 'dead-letter', letter, limit },
  ]);
  if (result.ok) return { ok: true, letter };
  switch (result.reason) {
    case 'letter-gone':
    case 'full':
      return { ok: false, reason: result.reason };
    case 'duplicate':
    case 'lease-lost':
      throw new Error(`An edit holds no lease and remembers no key: ${result.reason}`);
  }
}
