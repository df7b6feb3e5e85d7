import type { GroupDeclaration, GroupId, LogDeclaration, LogId } from '@sluice/engine';
import { groupRecordKey, positionKey, runKey, triedInPartitionKey } from './keys.ts';
import { GroupState, LogState } from './log-state.ts';
import type { WriteBatch } from './write-batch.ts';

/** Answers the real number of partitions. */
export function declareLog(batch: WriteBatch, { log: id, partitions }: LogDeclaration): number {
  const { state } = batch;
  let log = state.logs.get(id);
  if (log === undefined) {
    const empty = Array.from({ length: partitions }, () => ({ first: 0, next: 0, bytesAppended: 0, bytes: 0 }));
    log = new LogState(state.takeNumber(), { id, partitions: empty });
    state.logs.set(id, log);
    batch.touchLog(log);
    batch.touchMeta();
  }
  return log.partitions.length;
}

export function declareGroup(batch: WriteBatch, { log: id, group, startFrom }: GroupDeclaration): void {
  const log = batch.state.logs.get(id);
  if (log === undefined) throw new Error(`Log ${id} has not been declared.`);
  if (log.groups.has(group)) return;
  const made = new GroupState({
    number: batch.state.takeNumber(),
    id: group,
    log,
    startAt(number) {
      const { first, next, bytes, bytesAppended } = log.partitions[number] as (typeof log.partitions)[number]; // one of its own
      return startFrom === 'earliest'
        ? { position: first, bytesRead: bytesAppended - bytes }
        : { position: next, bytesRead: bytesAppended };
    },
  });
  log.groups.set(group, made);
  batch.addGroup(made);
}

/** Must be alone in its batch, else a position could be written after it. */
export function dropGroup(batch: WriteBatch, { log, group }: { readonly log: LogId; readonly group: GroupId }): void {
  const dropped = batch.state.group(log, group);
  if (dropped === undefined) return;
  dropped.log.groups.delete(group);
  batch.removeIndex(groupRecordKey(dropped.number));
  for (const { partition, tried } of dropped.readers) {
    batch.removeIndex(positionKey(dropped.number, partition));
    batch.removeIndex(runKey(dropped.number, partition));
    for (const offset of tried.keys()) batch.removeIndex(triedInPartitionKey(dropped.number, partition, offset));
  }
}
