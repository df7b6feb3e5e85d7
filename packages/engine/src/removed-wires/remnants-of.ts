import type { PipelineDocument } from '@sluice/pipeline';
import type { RemovedWireFate } from '../engine-interface.ts';
import { entryOfPlace, hasRedriveQueue } from '../operations/redrive-queue.ts';
import { queueOf, type RunningGraph, type Surroundings } from '../running/graph.ts';
import type { RunningPipeline } from '../running/running-pipeline.ts';
import { buildPart, type PartBuilder } from './build-part.ts';
import type { RemovedWire } from './find-removed-wires.ts';
import type { Remnant, RemnantPart } from './remnants.ts';
import { ownerOf, type VersionRecord } from './version-record.ts';

/** Makes remnants of what was found and decided, each with what it needs to be worked on. */
export async function remnantsOf(request: {
  readonly found: readonly RemovedWire[];
  readonly fates: ReadonlyMap<string, RemovedWireFate>;
  /** What runs until the next version takes over. */
  readonly running: RunningPipeline | undefined;
  readonly record: VersionRecord;
  /** Of the next version. */
  readonly present: { readonly graph: RunningGraph; readonly document: PipelineDocument };
  readonly builder: Omit<PartBuilder, 'present' | 'surroundings'>;
  readonly surroundings: Surroundings;
}): Promise<readonly Remnant[]> {
  const { running, record, present, builder, surroundings } = request;
  const known = new Map((running?.remnants.list() ?? []).map((remnant) => [remnant.wireId, remnant]));
  const remnants: Remnant[] = [];
  for (const { wireId, sources, messages } of request.found) {
    const fate = request.fates.get(wireId) ?? { do: 'drain' };
    const owner = ownerOf(record, wireId);
    const plain = {
      wireId,
      sources,
      consumer: consumerOf(owner?.document, wireId),
      version: owner?.version,
      since: known.get(wireId)?.since ?? surroundings.parts.clock.now(),
      hasEndMark: known.get(wireId)?.hasEndMark ?? false,
    };
    const add = (part: RemnantPart | undefined, problem?: string): void => {
      const isKept = problem !== undefined;
      remnants.push({ ...plain, part, problem, fate: isKept ? { do: 'keep' } : fate });
    };
    const part = fate.do === 'drain' ? (partThatRuns(running, wireId) ?? known.get(wireId)?.part) : undefined;
    if (fate.do !== 'drain' || part !== undefined || messages === 0) {
      add(part);
    } else if (owner === undefined) {
      add(undefined, NOBODY_KNOWS);
    } else {
      const built = await buildPart(owner, wireId, { ...builder, present, surroundings });
      if (built.ok) add(built.part);
      else add(undefined, built.problem);
    }
  }
  return remnants;
}

const NOBODY_KNOWS =
  'no version is known that would work it off. Deploy one that has this wire, or deploy with its messages moved or given up.';

/** The version that runs has it and works it off already. */
function partThatRuns(running: RunningPipeline | undefined, wireId: string): RemnantPart | undefined {
  if (running === undefined) return undefined;
  const { graph, subscriptions } = running;
  const subscription = subscriptions.get(wireId);
  if (subscription !== undefined) return { graph, subscription };
  const wire = graph.wires.get(wireId);
  const keeps = wire?.plan.delivery === 'event' || queueOf(wire) !== undefined;
  const isRead = wire === undefined ? hasRedriveQueue(graph.plan, wireId) : keeps;
  return isRead ? { graph, subscription: undefined } : undefined;
}

function consumerOf(document: PipelineDocument | undefined, wireId: string): string {
  return document?.wires.find(({ id }) => id === wireId)?.to ?? entryOfPlace(wireId)?.nodeId ?? wireId;
}
