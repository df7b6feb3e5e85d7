import { CAUSE_OTHER, CAUSES_MAX, type DeadLetterGroup } from '@sluice/engine';
import { decodeLetter } from './dead-letters.ts';
import type { Environment } from './environment.ts';
import {
  endOf,
  lastNumber,
  letterByGroupKey,
  letterByIdKey,
  letterGroupKey,
  letterKey,
  NUMBER_MAX,
  shelfKey,
} from './keys.ts';
import { groupHash, type LetterPlace, type ShelfRecord, withLetter } from './letter-shelf.ts';
import { nameHash } from './message-codec.ts';
import type { StoreState } from './store-state.ts';
import { WriteBatch } from './write-batch.ts';

/** One transaction counts at most this many letters. */
const SLICE = 500;

/**
 * From format 1 to 2: counts dead letters by cause and bytes, which nobody did. Everything else that is new may be absent
 * in old data. A crash on the way leaves format 1, and the next opening begins again; what it writes twice is the same.
 */
export async function migrateToFormat2(environment: Environment, state: StoreState): Promise<void> {
  const start = shelfKey(Buffer.alloc(0));
  const shelves = [...environment.index.getRange({ start, end: endOf(start) })]; // at once: the loop waits for the disk
  for (const { value } of shelves) {
    const { pipelineId, nextNumber, counts } = JSON.parse(value) as ShelfRecord; // written in format 1, or by an earlier try
    await countShelf(environment, state, { pipelineId, nextNumber, counts, messages: 0, bytes: 0, causes: 0 });
  }
  await inOneTransaction(environment, state, (batch) => batch.touchMeta());
}

async function countShelf(environment: Environment, state: StoreState, shelf: ShelfRecord): Promise<void> {
  const pipeline = nameHash(shelf.pipelineId);
  const groups = new Map<string, DeadLetterGroup>();
  for (let from = 0; ;) {
    const range = { start: letterKey(pipeline, from), end: letterKey(pipeline, NUMBER_MAX), limit: SLICE };
    const letters = [...environment.messages.getRange(range)];
    const last = letters.at(-1);
    await inOneTransaction(environment, state, (batch) => {
      for (const { key, value } of letters) countLetter(batch, { shelf, groups, number: lastNumber(key), value });
      if (letters.length === SLICE) return;
      for (const [group, record] of groups)
        batch.putIndex(letterGroupKey(pipeline, Buffer.from(group, 'base64')), JSON.stringify(record));
      batch.putIndex(shelfKey(pipeline), JSON.stringify(shelf));
    });
    if (last === undefined || letters.length < SLICE) return;
    from = lastNumber(last.key) + 1;
  }
}

function countLetter(
  batch: WriteBatch,
  counting: {
    readonly shelf: ShelfRecord;
    readonly groups: Map<string, DeadLetterGroup>;
    readonly number: number;
    readonly value: string;
  },
): void {
  const { shelf, groups, number, value } = counting;
  const pipeline = nameHash(shelf.pipelineId);
  const letter = decodeLetter(value);
  const isKnown = groups.has(groupHash(letter).toString('base64'));
  const kept = isKnown || shelf.causes < CAUSES_MAX ? letter : { ...letter, cause: CAUSE_OTHER };
  const text = JSON.stringify(kept);
  const group = groupHash(kept);
  const name = group.toString('base64');
  if (!groups.has(name) && kept.cause !== CAUSE_OTHER) shelf.causes += 1;
  groups.set(name, withLetter(groups.get(name), kept));
  const bytes = Buffer.byteLength(text);
  shelf.messages += 1;
  shelf.bytes += bytes;
  const place: LetterPlace = { number, nodeId: kept.nodeId, bytes, group: name };
  batch.putMessage(letterKey(pipeline, number), text);
  batch.putIndex(letterByIdKey(pipeline, nameHash(kept.id)), JSON.stringify(place));
  batch.putIndex(letterByGroupKey(pipeline, group, number), '-');
}

async function inOneTransaction(
  environment: Environment,
  state: StoreState,
  add: (batch: WriteBatch) => void,
): Promise<void> {
  const batch = new WriteBatch(environment, state);
  add(batch);
  batch.seal();
  await environment.transact(() => batch.write());
}
