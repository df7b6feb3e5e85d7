import type { SeekRequest } from '@sluice/engine';
import type { Environment } from './environment.ts';
import { lastNumber, logMessageKey, markKey, NUMBER_MAX } from './keys.ts';
import type { LogState, PartitionRecord, Passed } from './log-state.ts';
import { decodeMessage } from './message-codec.ts';
import { MARK_EVERY, type MarkRecord } from './time-marks.ts';

/** The search for the offset of one partition to which a seek leads. Goes on step by step, so that others have their turn. */
export interface Search {
  readonly log: LogState;
  readonly partition: number;
  readonly to: SeekRequest['to'];
  /** What is looked for is not before this. */
  at: Passed;
  isFound: boolean;
  /** The marks have been asked. */
  hasSkipped: boolean;
}

export function beginSearch(log: LogState, partition: number, to: SeekRequest['to']): Search {
  const wish = typeof to === 'object' && 'position' in to ? { position: Math.max(0, Math.ceil(to.position)) } : to;
  return { log, partition, to: wish, at: oldest(log, partition), isFound: typeof to === 'string', hasSkipped: false };
}

/**
 * Looks at the messages up to the next mark; answers whether the search is over: found, or there is nothing further.
 * Marks let it skip what cannot be meant, so that it reads a few hundred messages. Without marks, in a log that was
 * written in format 1, it reads on to the place.
 */
export function searchOn(environment: Environment, search: Search): boolean {
  if (search.isFound) return true;
  const { log, partition, to } = search;
  const start = oldest(log, partition);
  if (search.at.position < start.position) search.at = start; // trimmed since
  if (!search.hasSkipped) skipToMark(environment, search);
  const { position, bytesRead } = search.at;
  const { next } = log.partitions[partition] as PartitionRecord; // searched
  const end = Math.min(next, position - (position % MARK_EVERY) + MARK_EVERY);
  let at = position;
  let bytes = bytesRead;
  for (const { key, value } of environment.messages.getRange({
    start: logMessageKey(log.number, partition, position),
    end: logMessageKey(log.number, partition, end),
  })) {
    if (isMeant(to, lastNumber(key), value)) {
      search.isFound = true;
      break;
    }
    at = lastNumber(key) + 1;
    bytes += Buffer.byteLength(value);
  }
  search.at = { position: at, bytesRead: bytes };
  return search.isFound || at >= next;
}

function oldest(log: LogState, partition: number): Passed {
  const { first, bytes, bytesAppended } = log.partitions[partition] as PartitionRecord; // searched
  return { position: first, bytesRead: bytesAppended - bytes };
}

function isMeant(to: SeekRequest['to'], offset: number, text: string): boolean {
  if (typeof to === 'string') return true;
  return 'position' in to ? offset >= to.position : decodeMessage(text).enqueuedAt >= to.time;
}

/** To the furthest mark before which nothing is meant, once it can be told. */
function skipToMark({ index }: Environment, search: Search): void {
  const { log, partition, to, at } = search;
  if (typeof to === 'string') return;
  const key = (offset: number): Buffer => markKey(log.number, partition, offset);
  if ('time' in to) {
    // A mark speaks only of messages that came after the first mark was made: what lies before has to be looked at.
    const { first } = log.partitions[partition] as PartitionRecord; // searched
    const passed = index.getKeys({ start: key(first), end: key(at.position + 1), limit: 1 });
    if ([...passed].length === 0) return;
  }
  search.hasSkipped = true;
  const start = key('time' in to ? NUMBER_MAX : Math.min(to.position, NUMBER_MAX));
  for (const mark of index.getRange({ start, end: key(at.position), reverse: true })) {
    const { bytes, latest } = JSON.parse(mark.value) as MarkRecord; // written by `markTime`
    if ('time' in to && (latest === undefined || latest >= to.time)) continue;
    search.at = { position: lastNumber(mark.key), bytesRead: bytes };
    return;
  }
}
