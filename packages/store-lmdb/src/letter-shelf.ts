import { CAUSE_OTHER, CAUSES_MAX, type DeadLetter, type DeadLetterGroup } from '@sluice/engine';
import type { Environment } from './environment.ts';
import { letterByGroupKey, letterByIdKey, letterByNodeKey, letterGroupKey, letterKey, shelfKey } from './keys.ts';
import { nameHash } from './message-codec.ts';
import type { WriteBatch } from './write-batch.ts';

/** The dead letters of one pipeline, numbered in the order in which they died. */
export interface ShelfRecord {
  readonly pipelineId: string;
  nextNumber: number;
  /** By node id. */
  readonly counts: Record<string, number>;
  messages: number;
  bytes: number;
  /** Groups that have a cause of their own. */
  causes: number;
}

/** Where a letter stands, under its id. */
export interface LetterPlace {
  readonly number: number;
  readonly nodeId: string;
  readonly bytes: number;
  /** Hash of its group, in base64. */
  readonly group: string;
}

/**
 * The shelf of one pipeline as a batch sees it: what the database holds, and what the batch has changed. Each letter costs
 * its own records and one count per group; nothing is read again to count.
 */
export class LetterShelf {
  readonly #batch: WriteBatch;
  readonly #pipeline: Buffer;
  readonly #record: ShelfRecord;
  readonly #groups = new Map<string, DeadLetterGroup | undefined>();
  readonly #places = new Map<string, LetterPlace | undefined>();
  #isChanged = false;

  constructor(batch: WriteBatch, pipelineId: string) {
    this.#batch = batch;
    this.#pipeline = nameHash(pipelineId);
    this.#record = shelfOf(batch.environment, this.#pipeline) ?? emptyShelf(pipelineId);
  }

  get usage(): { readonly messages: number; readonly bytes: number } {
    return this.#record;
  }

  place(letterId: string): LetterPlace | undefined {
    if (this.#places.has(letterId)) return this.#places.get(letterId);
    return placeAt(this.#batch.environment, letterByIdKey(this.#pipeline, nameHash(letterId)));
  }

  /** A letter whose id is known replaces the earlier one and counts as new. */
  put(letter: DeadLetter, text: Buffer): void {
    this.take(letter.id);
    const { number, group, kept } = this.#placeFor(letter);
    const value = kept === letter ? text : Buffer.from(JSON.stringify(kept));
    const place = { number, nodeId: kept.nodeId, bytes: value.length, group: group.toString('base64') };
    this.#places.set(kept.id, place);
    this.#batch.putMessage(letterKey(this.#pipeline, number), value);
    this.#batch.putIndex(letterByNodeKey(this.#pipeline, nodeHash(kept.nodeId), number), '-');
    this.#batch.putIndex(letterByGroupKey(this.#pipeline, group, number), '-');
    this.#batch.putIndex(letterByIdKey(this.#pipeline, nameHash(kept.id)), JSON.stringify(place));
    this.#count(place, 1);
  }

  take(letterId: string): void {
    const place = this.place(letterId);
    if (place === undefined) return;
    const group = Buffer.from(place.group, 'base64');
    this.#places.set(letterId, undefined);
    this.#batch.removeMessage(letterKey(this.#pipeline, place.number));
    this.#batch.removeIndex(letterByNodeKey(this.#pipeline, nodeHash(place.nodeId), place.number));
    this.#batch.removeIndex(letterByGroupKey(this.#pipeline, group, place.number));
    this.#batch.removeIndex(letterByIdKey(this.#pipeline, nameHash(letterId)));
    this.#count(place, -1);
    const known = this.#group(place.group);
    if (known === undefined) return;
    const messages = known.messages - 1;
    this.#groups.set(place.group, messages === 0 ? undefined : { ...known, messages });
    if (messages === 0 && known.cause !== CAUSE_OTHER) this.#record.causes -= 1;
  }

  /** Adds the records that have changed. */
  seal(): void {
    if (!this.#isChanged) return;
    for (const [group, record] of this.#groups) {
      const key = letterGroupKey(this.#pipeline, Buffer.from(group, 'base64'));
      if (record === undefined) this.#batch.removeIndex(key);
      else this.#batch.putIndex(key, JSON.stringify(record));
    }
    this.#batch.putIndex(shelfKey(this.#pipeline), JSON.stringify(this.#record));
  }

  /** Counts it in its group, which is that of the cause `other` where there is no room for one of its own. */
  #placeFor(letter: DeadLetter): { readonly number: number; readonly group: Buffer; readonly kept: DeadLetter } {
    const own = groupHash(letter);
    const hasRoom = letter.cause === CAUSE_OTHER || this.#record.causes < CAUSES_MAX;
    if (this.#group(own.toString('base64')) === undefined && !hasRoom)
      return this.#placeFor({ ...letter, cause: CAUSE_OTHER });
    const name = own.toString('base64');
    const known = this.#group(name);
    if (known === undefined && letter.cause !== CAUSE_OTHER) this.#record.causes += 1;
    this.#groups.set(name, withLetter(known, letter));
    const number = this.#record.nextNumber;
    this.#record.nextNumber += 1;
    return { number, group: own, kept: letter };
  }

  #group(name: string): DeadLetterGroup | undefined {
    if (!this.#groups.has(name)) {
      const text = this.#batch.environment.index.get(letterGroupKey(this.#pipeline, Buffer.from(name, 'base64')));
      this.#groups.set(name, text === undefined ? undefined : (JSON.parse(text) as DeadLetterGroup)); // written by `seal`
    }
    return this.#groups.get(name);
  }

  #count({ nodeId, bytes }: LetterPlace, sign: 1 | -1): void {
    this.#isChanged = true;
    const { counts } = this.#record;
    const count = (counts[nodeId] ?? 0) + sign;
    if (count === 0) delete counts[nodeId];
    else counts[nodeId] = count;
    this.#record.messages += sign;
    this.#record.bytes += sign * bytes;
  }
}

export function withLetter(
  known: DeadLetterGroup | undefined,
  { nodeId, reason, cause, deadAt }: DeadLetter,
): DeadLetterGroup {
  return {
    nodeId,
    reason,
    cause,
    messages: (known?.messages ?? 0) + 1,
    firstAt: Math.min(known?.firstAt ?? deadAt, deadAt),
    lastAt: Math.max(known?.lastAt ?? deadAt, deadAt),
  };
}

function emptyShelf(pipelineId: string): ShelfRecord {
  return { pipelineId, nextNumber: 1, counts: {}, messages: 0, bytes: 0, causes: 0 };
}

export function shelfOf(environment: Environment, pipeline: Uint8Array): ShelfRecord | undefined {
  const text = environment.index.get(shelfKey(pipeline));
  return text === undefined ? undefined : (JSON.parse(text) as ShelfRecord); // written by `seal`
}

export function placeAt(environment: Environment, key: Uint8Array): LetterPlace | undefined {
  const text = environment.index.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as LetterPlace); // written by `put`
}

export function nodeHash(nodeId: string): Buffer {
  return nameHash(nodeId).subarray(0, 8);
}

/** Of what a letter is grouped by. Two groups with one hash, whose chance is beyond reach, would be counted as one. */
export function groupHash({ nodeId, reason, cause }: Pick<DeadLetter, 'nodeId' | 'reason' | 'cause'>): Buffer {
  return nameHash(nodeId, reason, cause).subarray(0, 8);
}
