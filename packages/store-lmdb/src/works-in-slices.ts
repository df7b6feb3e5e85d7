import type { QueueId, SeekRequest } from '@sluice/engine';
import type { CommitLine } from './commit-line.ts';
import type { Environment } from './environment.ts';
import { forgetPlaces, removeForgotten, removeLetters } from './forget-pipeline.ts';
import type { Instant } from './hand-out.ts';
import { beginPurge, purgeSlice } from './purge.ts';
import { searchOn } from './search-partition.ts';
import { beginSeek, finishSeek } from './seek.ts';
import type { StoreState } from './store-state.ts';
import { type TrimLimits, trimSlice } from './trim.ts';
import type { WriteBatch } from './write-batch.ts';

/** What works of more than one transaction need. Between their slices others have their turn. */
export interface SlicedWork {
  readonly line: CommitLine;
  readonly environment: Environment;
  readonly state: StoreState;
  readonly now: () => Instant;
}

/** Answers how many messages were removed. */
export async function trimInSlices({ line, state }: SlicedWork, id: string, limits: TrimLimits): Promise<number> {
  for (let removed = 0; ;) {
    const slice = await alone(line, (batch) => {
      const log = state.logs.get(id);
      return log === undefined ? { removed: 0, isDone: true } : trimSlice(batch, log, limits);
    });
    removed += slice.removed;
    if (slice.isDone) return removed;
  }
}

/** Answers how many messages were removed. */
export async function purgeInSlices({ line, state, now }: SlicedWork, id: QueueId): Promise<number> {
  const queue = await line.read(() => state.queues.get(id));
  if (queue === undefined) return 0;
  const progress = beginPurge(queue);
  while (!progress.isDone) {
    await alone(line, (batch) => {
      if (state.queues.get(id) === queue) purgeSlice(batch, queue, { progress, at: now() });
      else progress.isDone = true; // forgotten meanwhile
    });
  }
  return progress.removed;
}

export async function seekInSlices(
  { line, environment, state, now }: SlicedWork,
  request: SeekRequest,
): Promise<{ readonly messages: number } | undefined> {
  const searches = await line.read(() => {
    const log = state.logs.get(request.log);
    return log?.groups.has(request.group) === true ? beginSeek(log, request) : undefined;
  });
  if (searches === undefined) return undefined;
  for (const search of searches)
    while (!(await line.read(() => searchOn(environment, search)))) await new Promise(setImmediate);
  return alone(line, (batch) => {
    const group = state.group(request.log, request.group);
    if (group === undefined) return undefined;
    finishSeek(batch, group, { searches, monotonicMs: now().monotonicMs });
    return { messages: group.readers.reduce((sum, reader) => sum + reader.unreadMessages, 0) };
  });
}

export async function forgetInSlices({ line }: SlicedWork, pipelineId: string): Promise<void> {
  await alone(line, (batch) => forgetPlaces(batch, pipelineId));
  for (const remove of [removeForgotten, removeLetters])
    while (!(await alone(line, (batch) => remove(batch, pipelineId))));
}

function alone<Result>(line: CommitLine, work: (batch: WriteBatch) => Result): Promise<Result> {
  return line.writeAlone((batch) => {
    const result = work(batch);
    return () => result;
  });
}
