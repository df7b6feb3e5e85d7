import type { PipelinePlan } from '../plan/plan-pipeline.ts';
import type { MessageStore } from '../ports/message-store.ts';
import {
  endMarkOf,
  isEndMark,
  messagesAt,
  nameOf,
  readsOf,
  sourcesOf,
  wireIdOf,
  type LogShare,
  type WireSource,
} from './wire-source.ts';

/** A wire or subscription that a plan does not have, with what the store keeps of it. */
export interface RemovedWire {
  readonly wireId: string;
  readonly sources: readonly WireSource[];
  readonly messages: number;
}

/** What is read, or was. */
interface Readers {
  readonly plan: PipelinePlan;
  readonly subscriptions: ReadonlyMap<string, LogShare>;
}

/**
 * What the store holds for a pipeline beyond the wires and subscriptions of the next version, and what of the version
 * that runs will be gone: though it is empty, work in hand may still put something there.
 */
export async function findRemovedWires(request: {
  readonly next: Readers;
  readonly running: Readers | undefined;
  readonly store: MessageStore;
}): Promise<readonly RemovedWire[]> {
  const { store, running } = request;
  const { plan } = request.next;
  const reads = readsOf(plan, request.next.subscriptions);
  const sources = [...(await storedWires(plan.pipelineId, store)).values()].flat();
  if (running !== undefined) sources.push(...sourcesOf(running.plan, running.subscriptions));
  const found = new Map<string, Map<string, WireSource>>();
  for (const source of sources) {
    if (reads.has(source)) continue;
    const wireId = wireIdOf(plan.pipelineId, source);
    found.set(wireId, (found.get(wireId) ?? new Map<string, WireSource>()).set(nameOf(source), source));
  }
  return Promise.all(
    [...found].map(async ([wireId, named]) => {
      const its = [...named.values()];
      return { wireId, sources: its, messages: await messagesAt(its, store) };
    }),
  );
}

/** Where the store keeps something for a pipeline, by id of the wire or subscribing node, whether it has them or not. */
export async function storedWires(
  pipelineId: string,
  store: Pick<MessageStore, 'queues' | 'groups'>,
): Promise<ReadonlyMap<string, readonly WireSource[]>> {
  const prefix = `${pipelineId}/`;
  const found = new Map<string, WireSource[]>();
  const queues = (await store.queues(prefix)).map((queue) => ({ queue }));
  const groups = (await store.groups(prefix)).filter(({ group }) => !isEndMark(group));
  for (const source of [...queues, ...groups]) {
    const wireId = wireIdOf(pipelineId, source);
    found.set(wireId, [...(found.get(wireId) ?? []), source]);
  }
  return found;
}

/** End marks whose wire has nothing left to end, as after a crash: they would hold back the log for ever. */
export async function dropStrayEndMarks(pipelineId: string, store: MessageStore): Promise<void> {
  const groups = await store.groups(`${pipelineId}/`);
  const marked = new Set(groups.map(({ log, group }) => nameOf({ log, group: endMarkOf(group) })));
  for (const share of groups) {
    if (isEndMark(share.group) && !marked.has(nameOf(share))) await store.dropGroup(share.log, share.group);
  }
}
