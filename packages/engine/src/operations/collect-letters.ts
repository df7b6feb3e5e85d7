import type { DeadLetter, DeadLetterFilter, MessageStore } from '../ports/message-store.ts';

const PAGE = 200;

/**
 * Shows every letter that the filter means once, newest first, at most `max`; answers whether there are more. Letters may
 * be taken away or edited (which makes them the newest) meanwhile: the pages go on behind the last one that is there.
 */
export async function collectLetters(request: {
  readonly store: Pick<MessageStore, 'deadLetters' | 'deadLetter'>;
  readonly filter: DeadLetterFilter;
  readonly max: number;
  readonly show: (letter: DeadLetter) => void;
}): Promise<{ readonly hasMore: boolean }> {
  const { store, filter, max, show } = request;
  const shown = new Set<string>();
  const passed: string[] = [];
  for (;;) {
    const before = passed.at(-1);
    const page = await store.deadLetters({ ...filter, limit: PAGE, ...(before === undefined ? {} : { before }) });
    for (const letter of page) {
      passed.push(letter.id);
      if (shown.has(letter.id)) continue;
      if (shown.size === max) return { hasMore: true };
      shown.add(letter.id);
      show(letter);
    }
    if (page.length > 0) continue;
    if (before === undefined || (await store.deadLetter(filter.pipelineId, before)) !== undefined)
      return { hasMore: false };
    passed.pop();
  }
}
