import type { SeekRequest } from '@sluice/engine';
import type { Environment } from './environment.ts';
import { triedInPartitionKey } from './keys.ts';
import type { GroupState, LogState, PartitionRecord, Passed, Reader } from './log-state.ts';
import { countExpired, putRun } from './read-partition.ts';
import { beginSearch, type Search, searchOn } from './search-partition.ts';
import type { WriteBatch } from './write-batch.ts';

/** The searches, one per partition, that lead to where the group shall go on. */
export function beginSeek(log: LogState, { partition, to }: SeekRequest): readonly Search[] {
  if (partition !== undefined && log.partitions[partition] === undefined)
    throw new Error(`Log ${log.id} has ${log.partitions.length} partitions, none with number ${partition}.`);
  if (typeof to === 'object' && 'position' in to && partition === undefined)
    throw new Error(`A seek to a position of log ${log.id} has to name its partition.`);
  const partitions = partition === undefined ? [...log.partitions.keys()] : [partition];
  return partitions.map((number) => beginSearch(log, number, to));
}

/** Moves the group to what was found. Must be alone in its batch: it looks at what was appended since the search. */
export function finishSeek(
  batch: WriteBatch,
  group: GroupState,
  { searches, monotonicMs }: { readonly searches: readonly Search[]; readonly monotonicMs: number },
): void {
  for (const search of searches) {
    const reader = group.readers[search.partition];
    if (reader !== undefined) moveTo(batch, reader, { place: placeOf(batch.environment, search), monotonicMs });
  }
}

function placeOf(environment: Environment, search: Search): Passed {
  const { first, next, bytes, bytesAppended } = search.log.partitions[search.partition] as PartitionRecord; // searched
  const oldest = { position: first, bytesRead: bytesAppended - bytes };
  if (search.to === 'earliest') return oldest;
  if (search.to === 'latest') return { position: next, bytesRead: bytesAppended };
  while (!searchOn(environment, search));
  return search.at.position < first ? oldest : search.at;
}

/** What was in hand is taken back; what the group leaves behind begins anew. */
function moveTo(
  batch: WriteBatch,
  reader: Reader,
  { place, monotonicMs }: { readonly place: Passed; readonly monotonicMs: number },
): void {
  countExpired(batch, reader, monotonicMs);
  reader.run = [];
  putRun(batch, reader);
  reader.moveTo(place);
  for (const offset of reader.tried.keys()) {
    if (offset >= place.position) continue;
    reader.tried.delete(offset);
    batch.removeIndex(triedInPartitionKey(reader.group.number, reader.partition, offset));
  }
  batch.touchReader(reader);
  if (reader.unreadMessages > 0) batch.tellReady(reader.source);
}
