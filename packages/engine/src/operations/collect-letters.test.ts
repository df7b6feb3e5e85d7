import { describe, expect, it } from 'vitest';
import type { DeadLetter, DeadLetterFilter } from '../ports/message-store.ts';
import { collectLetters } from './collect-letters.ts';

/** Letters by id, newest first, with something that happens before each page. */
function shelf(ids: readonly string[], meanwhile: (ids: string[], page: number) => void = () => {}) {
  const kept = [...ids];
  let pages = 0;
  return {
    deadLetter: (_: string, id: string) =>
      Promise.resolve(kept.includes(id) ? ({ id } as unknown as DeadLetter) : undefined),
    deadLetters: ({ limit, before }: DeadLetterFilter & { readonly limit: number; readonly before?: string }) => {
      pages += 1;
      meanwhile(kept, pages);
      const from = before === undefined ? 0 : kept.indexOf(before) + 1;
      const page = before !== undefined && from === 0 ? [] : kept.slice(from, from + limit);
      return Promise.resolve(page.map((id) => ({ id }) as unknown as DeadLetter));
    },
  };
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `d${index}`);

async function shownOf(store: ReturnType<typeof shelf>, max = 10_000) {
  const shown: string[] = [];
  const { hasMore } = await collectLetters({
    store,
    filter: { pipelineId: 'p' },
    max,
    show: ({ id }) => shown.push(id),
  });
  return { shown, hasMore };
}

describe('collecting dead letters', () => {
  it('sees all of them over many pages', async () => {
    expect(await shownOf(shelf(numbered(1_001)))).toEqual({ shown: numbered(1_001), hasMore: false });
    expect(await shownOf(shelf([]))).toEqual({ shown: [], hasMore: false });
  });

  it('stops at its bound and says that there are more', async () => {
    expect(await shownOf(shelf(numbered(500)), 300)).toEqual({ shown: numbered(300), hasMore: true });
    expect(await shownOf(shelf(numbered(300)), 300)).toEqual({ shown: numbered(300), hasMore: false });
  });

  it('goes on where it was when letters are taken away meanwhile', async () => {
    const store = shelf(numbered(600), (kept, page) => {
      if (page === 2) kept.splice(150, 50);
    });
    expect(await shownOf(store)).toEqual({ shown: numbered(600), hasMore: false });
  });

  it('shows a letter once that is edited meanwhile', async () => {
    const store = shelf(numbered(600), (kept, page) => {
      if (page === 2) kept.unshift(...kept.splice(199, 1));
    });
    expect(await shownOf(store)).toEqual({ shown: numbered(600), hasMore: false });
  });
});
