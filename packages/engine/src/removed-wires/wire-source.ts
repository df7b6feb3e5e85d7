import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import { hasRedriveQueue, placeOfRedriveQueue } from '../operations/redrive-queue.ts';
import type { GroupId, LogId, MessageStore, QueueId } from '../ports/message-store.ts';

/** What a group is owed of a log. */
export interface LogShare {
  readonly log: LogId;
  readonly group: GroupId;
}

/** Where the store keeps what waits on a wire. */
export type WireSource = { readonly queue: QueueId } | LogShare;

/** Tells sources apart. */
export function nameOf(source: WireSource): string {
  return 'queue' in source ? source.queue : `${source.group} of ${source.log}`;
}

/** Id of the wire, or subscribing node, that a queue or group belongs to. */
export function wireIdOf(pipelineId: string, source: WireSource): string {
  if ('group' in source) return source.group.slice(pipelineId.length + 1);
  const name = source.queue.slice(pipelineId.length + 1);
  return placeOfRedriveQueue(pipelineId, source.queue) ?? (name.endsWith(SPILL) ? name.slice(0, -SPILL.length) : name);
}

const SPILL = '.spill';

/** A group that marks where on a log the messages end that a removed wire is still owed. */
export function endMarkOf(group: GroupId): GroupId {
  return `${group}${END}`;
}

const END = '.end';

export function isEndMark(group: GroupId): boolean {
  return group.endsWith(END);
}

/** Queues and groups that a plan reads, those of redriven messages left out. */
export function sourcesOf(plan: PipelinePlan, subscriptions: ReadonlyMap<string, LogShare>): readonly WireSource[] {
  const ofWires = plan.wires.flatMap((wire): readonly WireSource[] => {
    if (wire.delivery === 'pull') return [{ queue: wire.queue }];
    if (wire.delivery === 'event') return [{ log: wire.log, group: wire.group }];
    return wire.spill === undefined ? [] : [{ queue: wire.spill.queue }];
  });
  return [...ofWires, ...[...subscriptions.values()].map(({ log, group }) => ({ log, group }))];
}

/** What a plan reads. A group counts together with its log: a wire that now reads elsewhere has left its old log behind. */
export function readsOf(
  plan: PipelinePlan,
  subscriptions: ReadonlyMap<string, LogShare>,
): { has(source: WireSource): boolean } {
  const names = new Set(sourcesOf(plan, subscriptions).map(nameOf));
  return {
    has(source) {
      if (names.has(nameOf(source))) return true;
      const place = 'queue' in source ? placeOfRedriveQueue(plan.pipelineId, source.queue) : undefined;
      return place !== undefined && hasRedriveQueue(plan, place);
    },
  };
}

/** Messages that wait at any of the sources. */
export async function messagesAt(sources: readonly WireSource[], store: MessageStore): Promise<number> {
  let messages = 0;
  for (const source of sources) messages += (await store.backlog(source)).messages;
  return messages;
}
