import { checkDocument, planRestart, type NodeCatalogue } from '@sluice/pipeline';
import type { DeploymentRequest, DeployResult, RemovedWireFate } from './engine-interface.ts';
import { planPipeline, type PipelinePlan } from './plan/plan-pipeline.ts';
import type { BehaviourCatalogue } from './ports/node-behaviour.ts';
import type { MessageStore } from './ports/message-store.ts';
import { prepareNodes } from './prepare-nodes.ts';
import { decideFates } from './removed-wires/decide-fates.ts';
import { dropStrayEndMarks, findRemovedWires, type RemovedWire } from './removed-wires/find-removed-wires.ts';
import { remnantsOf } from './removed-wires/remnants-of.ts';
import {
  LEAVING_MAX,
  readVersionRecord,
  recordedFates,
  recordFor,
  recordWithout,
  versionCursor,
  writeVersionRecord,
  type VersionRecord,
} from './removed-wires/version-record.ts';
import { nameOf } from './removed-wires/wire-source.ts';
import { declareGroups, declareLogs, subscriptionsOf } from './running/declare-logs.ts';
import type { RunningParts } from './running/parts.ts';
import { createRunningPipeline, type RunningPipeline } from './running/running-pipeline.ts';
import type { Version } from './running/version.ts';

/** Pause and stop wait at most this long for work in hand; the rest is given back. */
export const STAND_STILL_MS = 30_000;

export interface Deploying {
  readonly parts: RunningParts;
  readonly catalogue: NodeCatalogue;
  readonly behaviours: BehaviourCatalogue;
  /** What runs of the pipeline now. */
  readonly running: RunningPipeline | undefined;
  readonly onDrained: () => void;
}

export type Deployed =
  | { readonly ok: true; readonly running: RunningPipeline; readonly restarted: readonly string[] }
  | Exclude<DeployResult, { ok: true }>;

/**
 * Puts a version in the place of the one that runs. Everything that can be refused is refused first, and leaves both the
 * store and what runs as they were. Then what is to become of removed wires is written down, so that a crash forgets
 * nothing of it; then the version takes over what it does not touch, and the rest begins anew.
 */
export async function deploy(request: DeploymentRequest, deploying: Deploying): Promise<Deployed> {
  const { pipelineId, version, document } = request;
  const { parts, catalogue, behaviours, running } = deploying;
  const { store } = parts;
  const findings = checkDocument(document, catalogue);
  if (findings.some((finding) => finding.severity === 'error')) return { ok: false, reason: 'findings', findings };
  const planned = planPipeline({ pipelineId, version, document, catalogue });
  if (!planned.ok) return { ok: false, reason: 'findings', findings: planned.findings };
  const { plan } = planned;

  const restart = running && planRestart(running.document, document, catalogue, request.renew);
  const ready = await prepareNodes({
    plan,
    behaviours,
    connectors: parts.connectors,
    known: (nodeId) =>
      restart?.reconfigured.has(nodeId) === false ? running?.graph.nodes.get(nodeId)?.prepared : undefined,
  });
  if (!ready.ok) return { ok: false, reason: 'findings', findings: ready.findings };
  const { prepared } = ready;

  // What earlier versions left must not change while it is decided upon.
  await running?.remnants.rest();
  const record = readVersionRecord(await store.cursor(versionCursor(pipelineId)));
  const found = await findRemovedWires({
    next: { plan, subscriptions: subscriptionsOf({ plan, prepared }) },
    running: running && { plan: running.graph.plan, subscriptions: running.subscriptions },
    store,
  });
  const decision = decideFates({
    found,
    wish: request.removedWires,
    recorded: recordedFates(record),
    plan,
    groups: new Set((await store.groups(`${pipelineId}/`)).map(nameOf)),
  });
  if (!decision.ok) {
    running?.remnants.release();
    return decision;
  }
  const { fates } = decision;
  const kept = recordFor({ record, next: { version, document }, fates });
  if (kept.leaving.length > LEAVING_MAX) {
    running?.remnants.release();
    return { ok: false, reason: 'removed-wires-refused', refusals: tooMany(kept) };
  }

  const crowd = await crowding({ found, fates, plan, store });
  if (crowd.length > 0) {
    running?.remnants.release();
    return { ok: false, reason: 'removed-wires-refused', refusals: crowd };
  }

  const declared = await declareLogs({ plan, prepared }, store);
  await declareGroups({ plan, prepared }, store, takingAlong(fates));
  await dropStrayEndMarks(pipelineId, store);
  await keepRecord(pipelineId, kept, parts);
  const taking: Version = {
    document,
    plan,
    prepared,
    declared,
    restart,
    remnants: (graph, surroundings) =>
      remnantsOf({
        found,
        fates,
        running,
        record: kept,
        present: { graph, document },
        builder: { pipelineId, catalogue, behaviours },
        surroundings,
      }),
  };
  if (running !== undefined) {
    if (request.paused === true) await running.pause(STAND_STILL_MS);
    await running.takeOver(taking);
    return { ok: true, running, restarted: restart?.restarted ?? [] };
  }
  const onSettled = async (wireIds: readonly string[]): Promise<void> => {
    const now = readVersionRecord(await store.cursor(versionCursor(pipelineId)));
    await keepRecord(pipelineId, recordWithout(now, wireIds), parts);
  };
  const { onDrained } = deploying;
  return {
    ok: true,
    running: await createRunningPipeline({ version: taking, parts, onSettled, onDrained }),
    restarted: [],
  };
}

async function keepRecord(pipelineId: string, record: VersionRecord, parts: RunningParts): Promise<void> {
  await parts.commit([{ op: 'cursor', source: versionCursor(pipelineId), value: writeVersionRecord(record) }]);
}

/** Wires that get the messages of others: what their log may hold of an earlier life is no concern of theirs. */
function takingAlong(fates: ReadonlyMap<string, RemovedWireFate>): ReadonlySet<string> {
  return new Set([...fates.values()].flatMap((fate) => (fate.do === 'move' ? [fate.to] : [])));
}

/** Wires that would leave more dead letters than the pipeline may keep. */
async function crowding(request: {
  readonly found: readonly RemovedWire[];
  readonly fates: ReadonlyMap<string, RemovedWireFate>;
  readonly plan: PipelinePlan;
  readonly store: MessageStore;
}): Promise<readonly { readonly wireId: string; readonly text: string }[]> {
  const { plan, store } = request;
  const given = request.found.filter(
    ({ wireId, messages }) => messages > 0 && request.fates.get(wireId)?.do === 'dead-letter',
  );
  if (given.length === 0) return [];
  const usage = await store.deadLetterUsage(plan.pipelineId);
  const free = plan.limits.deadLetters - usage.messages;
  const messages = given.reduce((sum, wire) => sum + wire.messages, 0);
  if (messages <= free) return [];
  const text = `holds messages that would make ${messages} more dead letters where ${Math.max(0, free)} fit. Let it drain, move them, or raise limits.deadLetters`;
  return given.map(({ wireId }) => ({ wireId, text }));
}

function tooMany({ leaving }: VersionRecord): readonly { readonly wireId: string; readonly text: string }[] {
  const text = `${leaving.length} versions have left messages behind that are not worked off yet, and ${LEAVING_MAX} is the most. Wait until some are, or have their messages moved or given up`;
  return leaving.flatMap(({ fates }) => Object.keys(fates)).map((wireId) => ({ wireId, text }));
}
