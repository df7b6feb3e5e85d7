import type { Batch } from './batch.ts';
import { NEVER_TRIED, type Tried } from './effects.ts';
import type { HeldOffset, Reader } from './log-state.ts';
import type { Held, QueueState } from './queue-state.ts';
import { forgetTried, putTried } from './tried-records.ts';

/** One instant on both clocks. */
export interface Instant {
  /** ms since 1970. */
  readonly now: number;
  readonly monotonicMs: number;
}

/** Out of its holder's hand, back to its place in the queue: until `dueAt` of `tried`, or at once. */
export function putBackHeld(batch: Batch, queue: QueueState, held: Held, tried: Tried): void {
  const { position } = held;
  const isTried = held.isTried || tried.attempts > 0 || tried.dueAt !== undefined; // a record stays until the message goes
  if (isTried && tried !== held.tried) putTried(batch, queue.number, { place: held, tried });
  const { dueAt } = tried;
  batch.apply({ effect: 'put-back', of: queue.number, position, isTried, ...(dueAt === undefined ? {} : { dueAt }) });
  batch.tellReady(queue.source);
}

/** Away from the queue for good. */
export function forgetHeld(batch: Batch, queue: QueueState, { position, isTried }: Held): void {
  batch.remove(`queue-${queue.number}`, position);
  if (isTried) forgetTried(batch, queue.number, position);
}

/** Takes back the whole run of a partition; `counted` says what becomes of the tries of each message. */
export function putBackRun(batch: Batch, reader: Reader, counted: (offset: number, tried: Tried) => Tried): void {
  const { recordedRun: run, position, bytesRead } = reader;
  if (run === null) return;
  const tried: (readonly [number, Tried])[] = [];
  for (let offset = Math.max(run.from, position); offset < run.from + run.count; offset += 1) {
    const before = reader.tried.get(offset) ?? NEVER_TRIED;
    const after = counted(offset, before);
    if (after !== before) tried.push([offset, after]);
  }
  reader.run = [];
  batch.apply({
    effect: 'read',
    of: reader.group.number,
    partition: reader.partition,
    position,
    bytesRead,
    run: null,
    tried,
  });
  batch.tellReady(reader.source);
}

/** Counts an attempt for each message of the run whose time has run out. */
export function countExpired(run: readonly HeldOffset[], monotonicMs: number): (offset: number, tried: Tried) => Tried {
  const expired = new Set(run.flatMap(({ offset, endsAtMs }) => (endsAtMs <= monotonicMs ? [offset] : [])));
  return (offset, tried) => (expired.has(offset) ? { ...tried, attempts: tried.attempts + 1 } : tried);
}
