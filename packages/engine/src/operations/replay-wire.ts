import type { EventWirePlan } from '../plan/wire-plan.ts';
import type { MessageStore, PeekedMessage } from '../ports/message-store.ts';
import type { RunningGraph } from '../running/graph.ts';
import type { RunningParts } from '../running/parts.ts';
import type { Replay, ReplayRequest, ReplayResult } from './operations-interface.ts';
import { replayCursor, writeReplay } from './replay-record.ts';

/**
 * Takes a group back on its log. The replay is recorded first: a crash in between leaves a record that marks nothing.
 * Where a time names several partitions they are taken back one by one, and a crash in between leaves the rest as it was.
 */
export async function replayWire(
  graph: RunningGraph,
  parts: RunningParts,
  request: ReplayRequest,
): Promise<ReplayResult> {
  const { pipelineId, wireId, from } = request;
  const wire = graph.wires.get(wireId);
  if (wire === undefined || 'room' in wire || 'gate' in wire) return { ok: false, reason: 'no-event-wire' };
  const { log, group } = wire.plan;
  const partitions = graph.logs.get(log)?.partitions ?? 0;
  const { store, clock, ids } = parts;
  if (typeof from === 'object' && 'position' in from) {
    if (from.partition >= partitions) return { ok: false, reason: 'partition-unknown', partitions };
    const head = await headOf(store, wire.plan, from.partition);
    if (head !== undefined && head.position < from.position)
      return { ok: false, reason: 'not-read-yet', position: head.position };
  }

  const replay: Replay = { id: ids.next(), startedAt: clock.now(), freshIds: request.freshIds === true };
  await parts.commit([{ op: 'cursor', source: replayCursor(pipelineId, wireId), value: writeReplay(replay) }]);
  wire.replay = replay;
  if (from === 'earliest') {
    await store.seek({ log, group, to: from });
  } else if ('position' in from) {
    await store.seek({ log, group, partition: from.partition, to: { position: from.position } });
  } else {
    for (let partition = 0; partition < partitions; partition += 1) {
      // A partition that still has older messages to deliver would skip them.
      const head = await headOf(store, wire.plan, partition);
      if (head === undefined || head.message.enqueuedAt >= from.time)
        await store.seek({ log, group, partition, to: { time: from.time } });
    }
  }
  const messages = (await store.backlog({ log, group })).replayed?.messages ?? 0;
  parts.trace?.({ kind: 'replayed', pipelineId, elementId: wireId, messageId: replay.id, detail: `${messages}` });
  parts.notice({
    pipelineId,
    kind: 'replay-started',
    elementId: wireId,
    text: `Wire ${wireId} delivers ${messages} messages again`,
  });
  return { ok: true, replay, messages };
}

/** The first message of a partition that the group has not settled. */
async function headOf(
  store: MessageStore,
  { log, group }: EventWirePlan,
  partition: number,
): Promise<PeekedMessage | undefined> {
  const [head] = await store.peek({ source: { log, group }, limit: 1, after: { partition, position: -1 } });
  return head?.partition === partition ? head : undefined;
}
