import type { Environment } from './environment.ts';
import { endHandOut, type Taken } from './hand-out.ts';
import { groupedMessageKey, lastNumber, messageKey, readyKey, triedKey } from './keys.ts';
import { type Held, type Lane, NEVER_TRIED, type QueueState, type Tried } from './queue-state.ts';
import { decodeWaitingEntry, type WaitingEntry } from './waiting-entry.ts';
import type { WriteBatch } from './write-batch.ts';

/** A message that is ready or delayed. */
export interface Waiting extends WaitingEntry {
  readonly position: number;
  readonly lane: Lane;
}

/** Takes a message whose lease has run out from its holder, with the attempt counted. */
export function takeBackExpired(batch: WriteBatch, queue: QueueState, held: Held): Taken {
  const { position, lane, group, token } = held;
  const { attempts, crashes, history } = held.tried ?? NEVER_TRIED;
  const tried: Tried = { attempts: attempts + 1, crashes, history, token };
  batch.putIndex(triedKey(queue.number, position), JSON.stringify(tried));
  endHandOut(batch, queue, held);
  return { position, text: textOf(batch.environment, queue, held), lane, group, tried };
}

/** Ready messages of a lane from a position on, at most `max`. */
export function readyEntries(
  environment: Environment,
  queue: QueueState,
  { lane, from, max }: { readonly lane: Lane; readonly from: number; readonly max: number },
): readonly Waiting[] {
  const entries: Waiting[] = [];
  if (lane.ready === 0) return entries;
  for (const { key, value } of environment.index.getRange({
    start: readyKey(lane.number, from),
    end: readyKey(lane.number + 1, 0),
  })) {
    const position = lastNumber(key);
    if (queue.held.has(position)) continue; // handed out earlier in this batch
    entries.push({ position, lane, ...decodeWaitingEntry(value) });
    if (entries.length === max) break;
  }
  return entries;
}

export function takeReady(batch: WriteBatch, queue: QueueState, entry: Waiting): Taken {
  batch.removeIndex(readyKey(entry.lane.number, entry.position));
  entry.lane.ready -= 1;
  return takenAt(batch.environment, queue, entry);
}

export function takenAt(environment: Environment, queue: QueueState, waiting: Waiting): Taken {
  const { position, lane, group, isTried } = waiting;
  const tried = isTried ? environment.index.get(triedKey(queue.number, position)) : undefined;
  return {
    position,
    text: textOf(environment, queue, waiting),
    lane,
    group,
    tried: tried === undefined ? undefined : (JSON.parse(tried) as Tried),
  };
}

export function textOf(
  environment: Environment,
  queue: QueueState,
  { position, lane, group }: { readonly position: number; readonly lane: Lane; readonly group: Uint8Array | undefined },
): string {
  const key = group === undefined ? messageKey(lane.number, position) : groupedMessageKey(queue.number, position);
  const text = environment.messages.get(key);
  if (text === undefined) throw new Error(`The message at ${Buffer.from(key).toString('hex')} is missing.`);
  return text;
}
