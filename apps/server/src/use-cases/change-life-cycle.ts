import type { StoredDeployment } from '@sluice/database';
import { type RunRefusal, runVersion } from './run-version.ts';
import type { ServerParts } from './server-parts.ts';

export type LifeCycleOutcome =
  | { readonly ok: true; readonly deployment: StoredDeployment }
  | { readonly ok: false; readonly reason: 'pipeline-not-found' | 'not-deployed' | 'not-running' }
  | RunRefusal;

/** Pausing a paused pipeline changes nothing; a stopped or failed one has nothing to pause. */
export function pausePipeline(parts: ServerParts, idOrName: string): Promise<LifeCycleOutcome> {
  return onDeployment(parts, idOrName, async ({ pipelineId, version }) => {
    if (!(await parts.engine.pause(pipelineId))) return { ok: false, reason: 'not-running' };
    return { ok: true, deployment: await parts.database.deployments.set({ pipelineId, version, state: 'paused' }) };
  });
}

/** Runs the deployment again, also when it was stopped or could not run. */
export function resumePipeline(parts: ServerParts, idOrName: string): Promise<LifeCycleOutcome> {
  return onDeployment(parts, idOrName, async ({ pipelineId, version }) => {
    if (!(await parts.engine.resume(pipelineId))) {
      const stored = await parts.versions.find(pipelineId, version);
      if (stored === undefined) return { ok: false, reason: 'not-deployed' };
      const result = await runVersion(parts, {
        pipelineId,
        version,
        document: stored.document,
        paused: false,
        removedWires: 'drain',
      });
      if (!result.ok) return result;
    }
    return { ok: true, deployment: await parts.database.deployments.set({ pipelineId, version, state: 'running' }) };
  });
}

/** The wish is recorded after the engine has stopped: a crash in between runs it again, which loses nothing. */
export function stopPipeline(parts: ServerParts, idOrName: string): Promise<LifeCycleOutcome> {
  return onDeployment(parts, idOrName, async ({ pipelineId, version }) => {
    await parts.engine.stop(pipelineId);
    parts.failures.delete(pipelineId);
    return { ok: true, deployment: await parts.database.deployments.set({ pipelineId, version, state: 'stopped' }) };
  });
}

async function onDeployment(
  parts: ServerParts,
  idOrName: string,
  act: (deployment: StoredDeployment) => Promise<LifeCycleOutcome>,
): Promise<LifeCycleOutcome> {
  const pipeline = await parts.database.pipelines.find(idOrName);
  if (pipeline === undefined) return { ok: false, reason: 'pipeline-not-found' };
  return parts.turns.take(pipeline.id, async () => {
    const deployment = await parts.database.deployments.find(pipeline.id);
    return deployment === undefined ? { ok: false, reason: 'not-deployed' } : act(deployment);
  });
}
