import type { Json } from '@sluice/engine';
import { compareCursorValues, cursorTime, type CursorValue } from './cursor-value.ts';
import { type PollPosition, SEEN_MAX } from './poll-position.ts';

/** An item of a page, with what identifies it. */
export interface PolledItem {
  readonly payload: Json;
  /** What it is called for ever: the same item of a repeated page has the same. */
  readonly identity: string;
  /** Short form of the identity, kept while the item may come again. */
  readonly fingerprint: string;
  /** Cursor value of the item; only with cursors of kind max. */
  readonly value?: CursorValue | undefined;
}

export type CursorMove =
  /** The highest value of the items; `overlapMs` of what lies before it is asked for again. */
  | { readonly kind: 'max'; readonly overlapMs: number }
  /** What the response names as next; `undefined` when it names none. */
  | { readonly kind: 'token'; readonly next: CursorValue | undefined }
  /** No cursor: every page is everything. */
  | { readonly kind: 'none' };

export interface ChosenItems {
  /** The items that were not seen before, oldest first. */
  readonly fresh: readonly PolledItem[];
  /** Where the poller stands after them. */
  readonly position: PollPosition;
  /** More is known to be there: the next poll need not wait. */
  readonly more: boolean;
}

/** Chooses what is new in a page, and moves the position over it. */
export function chooseItems(position: PollPosition, page: readonly PolledItem[], move: CursorMove): ChosenItems {
  const known = new Set(position.seen.map(([fingerprint]) => fingerprint));
  const fresh: PolledItem[] = [];
  for (const item of page) {
    if (known.has(item.fingerprint)) continue;
    known.add(item.fingerprint);
    fresh.push(item);
  }

  switch (move.kind) {
    case 'none':
      return { fresh, position: { value: null, seen: remembered(page) }, more: false };
    case 'token': {
      const moved = move.next !== undefined && move.next !== position.value;
      // A fresh token behind an empty page is a source's way of saying that it is still there.
      if (moved) return { fresh, position: { value: move.next ?? null, seen: [] }, more: fresh.length > 0 };
      return { fresh, position: { value: position.value, seen: remembered(page) }, more: false };
    }
    case 'max':
      return chooseByMax({ position, page, fresh, overlapMs: move.overlapMs });
  }
}

function remembered(page: readonly PolledItem[]): PollPosition['seen'] {
  const unique = new Map(page.map((item) => [item.fingerprint, item.value ?? null]));
  return [...unique].slice(0, SEEN_MAX);
}

function chooseByMax(request: {
  readonly position: PollPosition;
  readonly page: readonly PolledItem[];
  readonly fresh: readonly PolledItem[];
  readonly overlapMs: number;
}): ChosenItems {
  const { position, page, fresh, overlapMs } = request;
  const pageMax = highest(page.map((item) => item.value ?? null));
  const value = highest([position.value, pageMax]);
  if (value === null) return { fresh, position: { value, seen: remembered(page) }, more: false };

  // What can come again: everything from the overlap on; without one, what has the highest value itself.
  const candidates = new Map([
    ...position.seen,
    ...page.map((item) => [item.fingerprint, item.value ?? null] as const),
  ]);
  const inPage = new Set(page.map((item) => item.fingerprint));
  const seen = [...candidates]
    .filter(([fingerprint, at]) => (at === null ? inPage.has(fingerprint) : mayComeAgain(at, value, overlapMs)))
    .sort(([, a], [, b]) =>
      a === null || b === null ? Number(b === null) - Number(a === null) : compareCursorValues(b, a),
    )
    .slice(0, SEEN_MAX);

  // A page that only repeats the overlap may have ended before what lies behind it: the next poll leaves the overlap
  // out. If it ended before what was reached already, it surely has.
  const repeats = overlapMs > 0 && fresh.length === 0 && position.value !== null && pageMax !== null;
  const distance = repeats ? compareCursorValues(pageMax, position.value) : 1;
  return {
    fresh: inOrder(fresh),
    position: { value, seen, ...(distance <= 0 && position.withoutOverlap !== true ? { withoutOverlap: true } : {}) },
    more: distance < 0,
  };
}

function mayComeAgain(at: CursorValue, value: CursorValue, overlapMs: number): boolean {
  if (overlapMs === 0) return compareCursorValues(at, value) === 0;
  const [time, highestTime] = [cursorTime(at), cursorTime(value)];
  return time !== undefined && highestTime !== undefined && time >= highestTime - overlapMs;
}

function highest(values: readonly (CursorValue | null)[]): CursorValue | null {
  let result: CursorValue | null = null;
  for (const value of values) {
    if (value !== null && (result === null || compareCursorValues(value, result) > 0)) result = value;
  }
  return result;
}

/** By cursor value, so that what happened first goes first whatever the order of the page. */
function inOrder(items: readonly PolledItem[]): readonly PolledItem[] {
  return [...items].sort((a, b) =>
    a.value === undefined || b.value === undefined ? 0 : compareCursorValues(a.value, b.value),
  );
}
