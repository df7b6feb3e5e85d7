import {
  CAUSE_LENGTH_MAX,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type MessageStore,
} from '@sluice/engine';
import type { Environment } from './environment.ts';
import {
  endOf,
  lastNumber,
  letterByGroupKey,
  letterByIdKey,
  letterByNodeKey,
  letterGroupKey,
  letterKey,
  NUMBER_MAX,
} from './keys.ts';
import { groupHash, nodeHash, placeAt, shelfOf } from './letter-shelf.ts';
import { nameHash } from './message-codec.ts';

/** A search looks at this many letters, then lets others have a turn. */
const SLICE = 200;

/** Newest first; nothing when `before` is unknown. `assertUsable` throws when the store has ended between two turns. */
export async function listLetters(
  environment: Environment,
  request: Parameters<MessageStore['deadLetters']>[0],
  assertUsable: () => void,
): Promise<readonly DeadLetter[]> {
  const { pipelineId, limit, before } = request;
  const pipeline = nameHash(pipelineId);
  const found: DeadLetter[] = [];
  let from = NUMBER_MAX;
  if (before !== undefined) {
    const place = placeAt(environment, letterByIdKey(pipeline, nameHash(before)));
    if (place === undefined) return found;
    from = place.number;
  }
  while (found.length < limit) {
    const numbers = numbersBelow(environment, { pipeline, from, filter: request });
    for (const number of numbers) {
      const letter = letterAt(environment, letterKey(pipeline, number));
      if (letter !== undefined && isMeant(letter, request)) found.push(letter);
      if (found.length === limit) return found;
    }
    const last = numbers.at(-1);
    if (last === undefined || numbers.length < SLICE) return found;
    from = last;
    await new Promise(setImmediate);
    assertUsable();
  }
  return found;
}

/** The next slice of letters that the filter may mean, by the narrowest order that is kept of them. */
function numbersBelow(
  { index, messages }: Environment,
  { pipeline, from, filter }: { readonly pipeline: Buffer; readonly from: number; readonly filter: DeadLetterFilter },
): readonly number[] {
  const { nodeId, reason, cause } = filter;
  const range = (keyOf: (number: number) => Buffer): object => ({
    start: keyOf(from),
    end: keyOf(0),
    exclusiveStart: true,
    reverse: true,
    limit: SLICE,
  });
  if (nodeId === undefined)
    return [...messages.getKeys(range((number) => letterKey(pipeline, number)))].map(lastNumber);
  if (reason === undefined || cause === undefined)
    return [...index.getKeys(range((number) => letterByNodeKey(pipeline, nodeHash(nodeId), number)))].map(lastNumber);
  const group = groupHash({ nodeId, reason, cause });
  return [...index.getKeys(range((number) => letterByGroupKey(pipeline, group, number)))].map(lastNumber);
}

export function findLetter(
  environment: Environment,
  { pipelineId, letterId }: { readonly pipelineId: string; readonly letterId: string },
): DeadLetter | undefined {
  const pipeline = nameHash(pipelineId);
  const place = placeAt(environment, letterByIdKey(pipeline, nameHash(letterId)));
  return place === undefined ? undefined : letterAt(environment, letterKey(pipeline, place.number));
}

export function countLetters(environment: Environment, pipelineId: string): Readonly<Record<string, number>> {
  return shelfOf(environment, nameHash(pipelineId))?.counts ?? {};
}

export function usageOfLetters(
  environment: Environment,
  pipelineId: string,
): { readonly messages: number; readonly bytes: number } {
  const { messages, bytes } = shelfOf(environment, nameHash(pipelineId)) ?? { messages: 0, bytes: 0 };
  return { messages, bytes };
}

/** Most messages first. */
export function groupLetters(environment: Environment, pipelineId: string): readonly DeadLetterGroup[] {
  const start = letterGroupKey(nameHash(pipelineId), Buffer.alloc(0));
  return [...environment.index.getRange({ start, end: endOf(start) })]
    .map(({ value }) => JSON.parse(value) as DeadLetterGroup) // written by the shelf
    .sort((a, b) => b.messages - a.messages || b.lastAt - a.lastAt);
}

/** A letter as it stands on disk. Those of format 1 have no cause: the code of their error stands for it. */
export function decodeLetter(text: string): DeadLetter {
  const letter = JSON.parse(text) as Omit<DeadLetter, 'cause'> & { readonly cause?: string }; // written by the shelf
  return { ...letter, cause: letter.cause ?? letter.error.code.slice(0, CAUSE_LENGTH_MAX) };
}

function letterAt(environment: Environment, key: Uint8Array): DeadLetter | undefined {
  const text = environment.messages.get(key);
  return text === undefined ? undefined : decodeLetter(text);
}

function isMeant(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  return (
    (filter.nodeId === undefined || letter.nodeId === filter.nodeId) &&
    (filter.wireId === undefined || letter.wireId === filter.wireId) &&
    (filter.reason === undefined || letter.reason === filter.reason) &&
    (filter.cause === undefined || letter.cause === filter.cause) &&
    (filter.since === undefined || letter.deadAt >= filter.since) &&
    (filter.until === undefined || letter.deadAt < filter.until)
  );
}
