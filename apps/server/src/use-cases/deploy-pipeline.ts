import type { StoredPipeline, StoredVersion } from '@sluice/database';
import { checkDocument, type Finding } from '@sluice/pipeline';
import type { DeployRequest } from '@sluice/protocol';
import { type RunRefusal, runVersion } from './run-version.ts';
import type { ServerParts } from './server-parts.ts';

export type DeployOutcome =
  | {
      readonly ok: true;
      readonly version: number;
      readonly findings: readonly Finding[];
      readonly restarted: readonly string[];
    }
  | { readonly ok: false; readonly reason: 'pipeline-not-found' }
  | { readonly ok: false; readonly reason: 'version-not-found' }
  | RunRefusal;

/**
 * Publishes the draft unless a version is named, and runs it. If it is refused, what ran before goes on, and history is
 * what it was.
 */
export async function deployPipeline(
  parts: ServerParts,
  idOrName: string,
  request: DeployRequest,
): Promise<DeployOutcome> {
  const found = await parts.database.pipelines.find(idOrName);
  if (found === undefined) return { ok: false, reason: 'pipeline-not-found' };
  return parts.turns.take(found.id, async () => {
    const pipeline = await parts.database.pipelines.find(found.id);
    if (pipeline === undefined) return { ok: false, reason: 'pipeline-not-found' };
    const chosen = await chooseVersion(parts, pipeline, request);
    if (!chosen.ok) return chosen;
    const { version, isNew, findings } = chosen;
    const result = await runVersion(parts, {
      pipelineId: pipeline.id,
      version: version.number,
      document: version.document,
      paused: false,
      ...(request.removedWires === undefined ? {} : { removedWires: request.removedWires }),
    });
    if (!result.ok) {
      if (isNew) await withdraw(parts, version);
      return result;
    }
    await parts.database.deployments.set({ pipelineId: pipeline.id, version: version.number, state: 'running' });
    return { ok: true, version: version.number, findings, restarted: result.restarted };
  });
}

type Choice =
  | {
      readonly ok: true;
      readonly version: StoredVersion;
      /** Made in this turn, and not the newest one found again. */
      readonly isNew: boolean;
      readonly findings: readonly Finding[];
    }
  | Extract<DeployOutcome, { reason: 'version-not-found' | 'not-deployable' }>;

async function chooseVersion(parts: ServerParts, pipeline: StoredPipeline, request: DeployRequest): Promise<Choice> {
  if (request.version !== undefined) {
    const version = await parts.versions.find(pipeline.id, request.version);
    return version === undefined
      ? { ok: false, reason: 'version-not-found' }
      : { ok: true, version, isNew: false, findings: checkDocument(version.document, parts.catalogue) };
  }
  // Before publishing, so that history holds only what could run.
  const findings = checkDocument(pipeline.document, parts.catalogue);
  if (findings.some((finding) => finding.severity === 'error'))
    return { ok: false, reason: 'not-deployable', findings };
  const version = await parts.database.versions.publish({
    pipelineId: pipeline.id,
    document: pipeline.document,
    ...(request.note === undefined ? {} : { note: request.note }),
  });
  return { ok: true, version, isNew: version.number > (pipeline.latestVersion ?? 0), findings };
}

/** A version that never ran, and may never be able to, is no history. */
async function withdraw(parts: ServerParts, { pipelineId, number }: StoredVersion): Promise<void> {
  await parts.database.versions.withdraw({ pipelineId, number });
  parts.versions.forget(pipelineId, number);
}
