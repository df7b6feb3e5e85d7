import type { GroupDeclaration, GroupId, LogDeclaration, LogId } from '@sluice/engine';
import type { Batch } from './batch.ts';
import { declaredLog } from './check-limits.ts';
import { partitionStream } from './streams.ts';

/** Answers the real number of partitions. */
export function declareLog(batch: Batch, { log: id, partitions }: LogDeclaration): number {
  const known = batch.state.logs.get(id);
  if (known !== undefined) return known.partitions.length;
  const of = batch.state.nextNumber;
  for (let partition = 0; partition < partitions; partition += 1)
    batch.write({ do: 'make', stream: partitionStream(of, partition) });
  batch.apply({ effect: 'log-made', of, id, partitions });
  return partitions;
}

export function declareGroup(batch: Batch, { log: id, group, startFrom }: GroupDeclaration): void {
  const log = declaredLog(batch.state, id);
  if (log.groups.has(group)) return;
  batch.apply({ effect: 'group-made', of: batch.state.nextNumber, id: group, log: log.number, startFrom });
}

export function dropGroup(batch: Batch, { log, group }: { readonly log: LogId; readonly group: GroupId }): void {
  const dropped = batch.state.logs.get(log)?.groups.get(group);
  if (dropped !== undefined) batch.apply({ effect: 'group-dropped', of: dropped.number });
}
