import type { Batch } from './batch.ts';
import { letterIdSubject, letterSubject, partitionStream, queueStream } from './streams.ts';
import { forgetTried } from './tried-records.ts';

/** Forgets what belongs to a pipeline. Topics belong to none. */
export function forgetPipeline(batch: Batch, pipelineId: string): void {
  const prefix = `${pipelineId}/`;
  const { state, apply } = batch;
  for (const { id, number } of state.queues.values()) {
    if (!id.startsWith(prefix)) continue;
    batch.write({ do: 'drop', stream: queueStream(number) });
    forgetTried(batch, number, '*');
    apply({ effect: 'queue-dropped', of: number });
  }
  for (const { id, number, partitions, groups } of state.logs.values()) {
    const isOwn = id.startsWith(prefix) && !id.startsWith('topic/');
    for (const group of groups.values())
      if (isOwn || group.id.startsWith(prefix)) apply({ effect: 'group-dropped', of: group.number });
    if (!isOwn) continue;
    for (const partition of partitions.keys()) batch.write({ do: 'drop', stream: partitionStream(number, partition) });
    apply({ effect: 'log-dropped', of: number });
  }
  const shelf = state.shelves.get(pipelineId);
  if (shelf === undefined) return;
  batch.forget('letters', letterSubject(shelf.number, {}));
  batch.forget('records', letterIdSubject(shelf.number, '*'));
  apply({ effect: 'shelf-dropped', of: shelf.number });
}
