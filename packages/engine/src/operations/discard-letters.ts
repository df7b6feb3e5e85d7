import type { DeadLetter, DeadLetterFilter } from '../ports/message-store.ts';
import type { RunningParts } from '../running/parts.ts';
import type { Turns } from '../turns.ts';
import { discardCursor, readDiscardCounts } from './discard-counts.ts';
import { DISCARD_MAX, type DiscardCounts } from './operations-interface.ts';

/** Letters that one commit takes away. */
const BATCH = 100;

/** Takes messages away for good, and counts them: a letter and its count go in one commit. */
export interface Discarding {
  letter(pipelineId: string, letterId: string): Promise<boolean>;
  letters(
    filter: DeadLetterFilter,
    why?: DiscardWhy,
  ): Promise<{ readonly discarded: number; readonly hasMore: boolean }>;
  purge(pipelineId: string, queue: string): Promise<number>;
  counts(pipelineId: string): Promise<DiscardCounts>;
}

type DiscardWhy = 'byHand' | 'byAge';
const WHY_TEXT: Readonly<Record<DiscardWhy, string>> = { byHand: 'by hand', byAge: 'by age' };

/** `turns`: counts are read and written by one at a time. */
export function createDiscarding(parts: RunningParts, turns: Turns): Discarding {
  const { store, clock } = parts;
  const counts = async (pipelineId: string): Promise<DiscardCounts> =>
    readDiscardCounts(await store.cursor(discardCursor(pipelineId)));

  const withCounts = (pipelineId: string, value: DiscardCounts) =>
    ({ op: 'cursor', source: discardCursor(pipelineId), value: { ...value } }) as const;

  /** Those that are still there, however many others take letters meanwhile. */
  const takeAway = async (
    pipelineId: string,
    letters: readonly DeadLetter[],
    why: DiscardWhy = 'byHand',
  ): Promise<number> => {
    for (let wanted = letters; wanted.length > 0;) {
      const before = await counts(pipelineId);
      const result = await parts.commit([
        ...wanted.map(({ id: letterId }) => ({ op: 'take-letter', pipelineId, letterId }) as const),
        withCounts(pipelineId, { ...before, [why]: before[why] + wanted.length }),
      ]);
      if (result.ok) {
        for (const letter of wanted) note(letter, why);
        return wanted.length;
      }
      if (result.reason !== 'letter-gone') throw new Error(`Letters could not be discarded: ${result.reason}`);
      const { letterId: gone } = result;
      wanted = wanted.filter(({ id }) => id !== gone);
    }
    return 0;
  };

  const note = ({ pipelineId, version, nodeId, wireId, message }: DeadLetter, why: DiscardWhy): void => {
    const at = clock.now();
    const { id: messageId, correlationId } = message;
    parts.trace?.({ kind: 'discarded', pipelineId, elementId: wireId ?? nodeId, messageId });
    parts.tracer?.hop(
      {
        kind: 'discarded',
        at,
        pipelineId,
        version,
        nodeId,
        ...(wireId === undefined ? {} : { wireId }),
        messageId,
        correlationId,
        text: WHY_TEXT[why],
      },
      1,
    );
  };

  return {
    counts,
    letter: (pipelineId, letterId) =>
      turns.take(pipelineId, async () => {
        const letter = await store.deadLetter(pipelineId, letterId);
        return letter !== undefined && (await takeAway(pipelineId, [letter])) === 1;
      }),

    async letters(filter, why) {
      const { pipelineId } = filter;
      // What dies from now on is not meant, so this comes to an end.
      const until = Math.min(filter.until ?? Number.POSITIVE_INFINITY, clock.now() + 1);
      let discarded = 0;
      for (;;) {
        const page = await store.deadLetters({
          ...filter,
          until,
          limit: Math.min(BATCH, DISCARD_MAX - discarded) || 1,
        });
        if (page.length === 0) return { discarded, hasMore: false };
        if (discarded >= DISCARD_MAX) return { discarded, hasMore: true };
        discarded += await turns.take(pipelineId, () => takeAway(pipelineId, page, why));
      }
    },

    purge: (pipelineId, queue) =>
      turns.take(pipelineId, async () => {
        const purged = await store.purge(queue);
        if (purged === 0) return 0;
        const before = await counts(pipelineId);
        await parts.commit([withCounts(pipelineId, { ...before, purged: before.purged + purged })]);
        return purged;
      }),
  };
}
