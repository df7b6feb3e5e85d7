import type { StoredPipeline } from '@sluice/database';
import { sameBehaviour } from '@sluice/pipeline';
import type { Deployment, Pipeline, PipelineSummary } from '@sluice/protocol';
import { readStatus } from '../../use-cases/read-status.ts';
import type { ServerParts } from '../../use-cases/server-parts.ts';

export async function presentPipeline(parts: ServerParts, stored: StoredPipeline): Promise<Pipeline> {
  return {
    id: stored.id,
    name: stored.name,
    title: stored.title,
    revision: stored.revision,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
    document: stored.document,
    deployment: presentDeployment(parts, stored),
    latestVersion: stored.latestVersion ?? null,
    draftDiffers: await draftDiffers(parts, stored),
  };
}

export async function presentSummary(parts: ServerParts, stored: StoredPipeline): Promise<PipelineSummary> {
  const status = stored.deployment === undefined ? undefined : await readStatus(parts, stored.deployment);
  return {
    id: stored.id,
    name: stored.name,
    title: stored.title,
    nodes: stored.document.nodes.length,
    wires: stored.document.wires.length,
    revision: stored.revision,
    updatedAt: stored.updatedAt.toISOString(),
    deployment: presentDeployment(parts, stored),
    draftDiffers: await draftDiffers(parts, stored),
    verdict: status?.verdict ?? null,
    totals: status?.totals ?? null,
  };
}

/** What the owner wants, unless it could not be done: then `failed`, and why. */
function presentDeployment(parts: ServerParts, { deployment }: StoredPipeline): Deployment | null {
  if (deployment === undefined) return null;
  // Whoever stopped it does not want it to run, so nothing has failed.
  const failure = deployment.state === 'stopped' ? undefined : parts.failures.get(deployment.pipelineId);
  return {
    version: deployment.version,
    state: failure === undefined ? deployment.state : 'failed',
    deployedAt: deployment.deployedAt.toISOString(),
    ...(failure === undefined ? {} : { detail: failure }),
  };
}

async function draftDiffers(parts: ServerParts, { id, deployment, document }: StoredPipeline): Promise<boolean> {
  if (deployment === undefined) return false;
  const version = await parts.versions.find(id, deployment.version);
  return version === undefined || !sameBehaviour(document, version.document);
}
