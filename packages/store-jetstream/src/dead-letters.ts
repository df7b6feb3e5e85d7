import type { DeadLetter, DeadLetterFilter } from '@sluice/engine';
import type { Batch } from './batch.ts';
import type { LetterGroup } from './effects.ts';
import type { Link, Stored } from './link.ts';
import { bytesOf, nameHash } from './message-codec.ts';
import type { ShelfState } from './shelf-state.ts';
import type { StoreState } from './store-state.ts';
import { letterIdSubject, letterSubject } from './streams.ts';

/** Where a letter stands, and how it is counted. */
export interface LetterRecord extends LetterGroup {
  readonly sequence: number;
  readonly bytes: number;
}

/** Letters that are read at once. */
const PAGE = 64;

export async function findLetter(link: Link, shelf: ShelfState, idHash: string): Promise<LetterRecord | undefined> {
  const stored = await link.last('records', letterIdSubject(shelf.number, idHash));
  return stored === undefined ? undefined : (JSON.parse(stored.text) as LetterRecord); // written by `keepLetter`
}

/** Puts a letter on its shelf. One with the same id among those that the commit knows of goes. */
export function keepLetter(
  batch: Batch,
  known: Map<string, LetterRecord>,
  { letter, hash }: { readonly letter: DeadLetter; readonly hash: string },
): void {
  const { pipelineId } = letter;
  takeLetter(batch, known, { pipelineId, hash });
  const shelf = shelfOf(batch, pipelineId);
  const kept: DeadLetter = { ...letter, cause: shelf.causeOf(letter) };
  const text = JSON.stringify(kept);
  const { nodeId, reason, cause, deadAt } = kept;
  const record: LetterRecord = {
    sequence: batch.put(
      'letters',
      letterSubject(shelf.number, { node: nameHash(nodeId), reason, cause: nameHash(cause) }),
      text,
    ),
    bytes: bytesOf(text),
    nodeId,
    reason,
    cause,
  };
  batch.put('records', letterIdSubject(shelf.number, hash), JSON.stringify(record));
  batch.apply({ effect: 'letter-kept', of: shelf.number, bytes: record.bytes, deadAt, nodeId, reason, cause });
  known.set(letterName(pipelineId, hash), record);
}

/** Takes a letter from its shelf, if the commit knows of it. */
export function takeLetter(
  batch: Batch,
  known: Map<string, LetterRecord>,
  { pipelineId, hash }: { readonly pipelineId: string; readonly hash: string },
): void {
  const name = letterName(pipelineId, hash);
  const record = known.get(name);
  if (record === undefined) return;
  known.delete(name);
  const shelf = shelfOf(batch, pipelineId);
  const { sequence, bytes, nodeId, reason, cause } = record;
  batch.remove('letters', sequence);
  batch.forget('records', letterIdSubject(shelf.number, hash));
  batch.apply({ effect: 'letter-gone', of: shelf.number, bytes, nodeId, reason, cause });
}

/** One text for a letter among those of all pipelines. */
export function letterName(pipelineId: string, hash: string): string {
  return `${hash} ${pipelineId}`;
}

export async function readLetter(
  link: Link,
  shelf: ShelfState | undefined,
  letterId: string,
): Promise<DeadLetter | undefined> {
  const record = shelf === undefined ? undefined : await findLetter(link, shelf, nameHash(letterId));
  const stored = record === undefined ? undefined : await link.get('letters', record.sequence);
  return stored === undefined ? undefined : decode(stored);
}

/** Newest first. */
export async function listLetters(
  link: Link,
  state: StoreState,
  request: DeadLetterFilter & { readonly limit: number; readonly before?: string },
): Promise<readonly DeadLetter[]> {
  const { pipelineId, limit, before } = request;
  const shelf = state.shelves.get(pipelineId);
  if (shelf === undefined) return [];
  const ends = await link.ends('letters');
  let end = (ends?.last ?? 0) + 1;
  if (before !== undefined) end = (await findLetter(link, shelf, nameHash(before)))?.sequence ?? 0;
  const found: DeadLetter[] = [];
  for await (const letter of backwards(link, { filter: filterOf(shelf, request), end, first: ends?.first ?? 1 })) {
    if (!isMeant(letter, request)) continue;
    found.push(letter);
    if (found.length >= limit) break;
  }
  return found;
}

/**
 * The letters that a filter covers, from before `end` down. A stream is read upwards only, so it looks at a stretch below
 * the end, and at one twice as long where that was empty.
 */
async function* backwards(
  link: Link,
  { filter, end, first }: { readonly filter: string; readonly end: number; readonly first: number },
): AsyncGenerator<DeadLetter> {
  let stretch = PAGE;
  for (let above = end; above > first;) {
    const from = Math.max(first, above - stretch);
    const page = await link.read('letters', from, { filter, max: PAGE });
    const below = page.filter(({ sequence }) => sequence < above);
    if (below.length === PAGE && stretch > PAGE) {
      stretch = Math.max(PAGE, Math.floor(stretch / 4)); // there may be more than the page: look closer
      continue;
    }
    for (const stored of below.toReversed()) yield decode(stored);
    if (below.length === 0) stretch *= 2;
    above = from;
  }
}

function filterOf(shelf: ShelfState, { nodeId, reason, cause }: DeadLetterFilter): string {
  return letterSubject(shelf.number, {
    ...(nodeId === undefined ? {} : { node: nameHash(nodeId) }),
    ...(reason === undefined ? {} : { reason }),
    ...(cause === undefined ? {} : { cause: nameHash(cause) }),
  });
}

function isMeant({ wireId, deadAt }: DeadLetter, filter: DeadLetterFilter): boolean {
  return (
    (filter.wireId === undefined || wireId === filter.wireId) &&
    (filter.since === undefined || deadAt >= filter.since) &&
    (filter.until === undefined || deadAt < filter.until)
  );
}

function shelfOf({ state, apply }: Batch, pipelineId: string): ShelfState {
  if (!state.shelves.has(pipelineId)) apply({ effect: 'shelf-made', of: state.nextNumber, pipelineId });
  return state.shelves.get(pipelineId) as ShelfState; // known, or made above
}

function decode({ text }: Stored): DeadLetter {
  return JSON.parse(text) as DeadLetter; // written by `keepLetter`
}
