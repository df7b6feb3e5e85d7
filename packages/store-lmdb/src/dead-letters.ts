import type { DeadLetter, MessageStore } from '@sluice/engine';
import type { Environment } from './environment.ts';
import { lastNumber, letterByIdKey, letterByNodeKey, letterKey, shelfKey } from './keys.ts';
import { nameHash } from './message-codec.ts';
import type { WriteBatch } from './write-batch.ts';

/** The dead letters of one pipeline are numbered in the order in which they died. */
interface ShelfRecord {
  readonly pipelineId: string;
  nextNumber: number;
  readonly counts: Record<string, number>;
}

interface LetterPlace {
  readonly number: number;
  readonly nodeId: string;
}

export interface PreparedLetter {
  readonly letter: DeadLetter;
  readonly text: Buffer;
}

/** A letter whose id is known replaces the earlier one and counts as new. */
export function putLetter(batch: WriteBatch, { letter, text }: PreparedLetter): void {
  const pipeline = nameHash(letter.pipelineId);
  const shelf = shelfForWriting(batch, letter.pipelineId);
  const idKey = letterByIdKey(pipeline, nameHash(letter.id));
  const known = batch.letters.get(idKey.toString('latin1')) ?? placeAt(batch.environment, idKey);
  if (known !== undefined) {
    batch.removeMessage(letterKey(pipeline, known.number));
    batch.removeIndex(letterByNodeKey(pipeline, nodeHash(known.nodeId), known.number));
    count(shelf, known.nodeId, -1);
  }
  const place: LetterPlace = { number: shelf.nextNumber, nodeId: letter.nodeId };
  shelf.nextNumber += 1;
  count(shelf, letter.nodeId, 1);
  batch.letters.set(idKey.toString('latin1'), place);
  batch.putMessage(letterKey(pipeline, place.number), text);
  batch.putIndex(letterByNodeKey(pipeline, nodeHash(letter.nodeId), place.number), '-');
  batch.putIndex(idKey, JSON.stringify(place));
}

/** Newest first; nothing when `before` is unknown. */
export function listLetters(
  environment: Environment,
  request: Parameters<MessageStore['deadLetters']>[0],
): readonly DeadLetter[] {
  const { pipelineId, nodeId, limit, before } = request;
  const pipeline = nameHash(pipelineId);
  let from = 0xffff_ffff_ffff;
  if (before !== undefined) {
    const place = placeAt(environment, letterByIdKey(pipeline, nameHash(before)));
    if (place === undefined) return [];
    from = place.number;
  }
  if (nodeId === undefined) {
    const texts = environment.messages.getRange({
      start: letterKey(pipeline, from),
      end: letterKey(pipeline, 0),
      exclusiveStart: true,
      reverse: true,
      limit,
    });
    return [...texts].map(({ value }) => JSON.parse(value) as DeadLetter); // written by `putLetter`
  }
  const node = nodeHash(nodeId);
  const keys = environment.index.getKeys({
    start: letterByNodeKey(pipeline, node, from),
    end: letterByNodeKey(pipeline, node, 0),
    exclusiveStart: true,
    reverse: true,
    limit,
  });
  return [...keys].flatMap((key) => {
    const text = environment.messages.get(letterKey(pipeline, lastNumber(key)));
    return text === undefined ? [] : [JSON.parse(text) as DeadLetter]; // written by `putLetter`
  });
}

export function countLetters(environment: Environment, pipelineId: string): Readonly<Record<string, number>> {
  return shelfOf(environment, shelfKey(nameHash(pipelineId)))?.counts ?? {};
}

function shelfForWriting(batch: WriteBatch, pipelineId: string): ShelfRecord {
  const key = shelfKey(nameHash(pipelineId));
  let shelf = batch.shelves.get(pipelineId)?.record as ShelfRecord | undefined; // only this function adds shelves
  if (shelf === undefined) {
    shelf = shelfOf(batch.environment, key) ?? { pipelineId, nextNumber: 1, counts: {} };
    batch.shelves.set(pipelineId, { key, record: shelf });
  }
  return shelf;
}

function count(shelf: ShelfRecord, nodeId: string, change: number): void {
  const next = (shelf.counts[nodeId] ?? 0) + change;
  if (next === 0) delete shelf.counts[nodeId];
  else shelf.counts[nodeId] = next;
}

function nodeHash(nodeId: string): Buffer {
  return nameHash(nodeId).subarray(0, 8);
}

function placeAt(environment: Environment, key: Uint8Array): LetterPlace | undefined {
  const text = environment.index.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as LetterPlace); // written by `putLetter`
}

function shelfOf(environment: Environment, key: Uint8Array): ShelfRecord | undefined {
  const text = environment.index.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as ShelfRecord); // written when the batch was sealed
}
