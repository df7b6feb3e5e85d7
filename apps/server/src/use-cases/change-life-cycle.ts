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

/**
 * Works off what it has and pauses then: see `pausedWhenDrained`. The wish is recorded after the engine has closed its
 * intake; a restart in the midst of it goes on draining.
 */
export function drainPipeline(parts: ServerParts, idOrName: string): Promise<LifeCycleOutcome> {
  return onDeployment(parts, idOrName, async ({ pipelineId, version }) => {
    if (!(await parts.engine.drain(pipelineId))) return { ok: false, reason: 'not-running' };
    return { ok: true, deployment: await parts.database.deployments.set({ pipelineId, version, state: 'draining' }) };
  });
}

/** Records the end of each drain. Should that fail, the next start drains once more, and finds nothing. */
export function pausedWhenDrained(parts: ServerParts): void {
  parts.engine.onNotice(({ kind, pipelineId }) => {
    if (kind !== 'drained') return;
    const record = async (): Promise<void> => {
      const deployment = await parts.database.deployments.find(pipelineId);
      if (deployment?.state !== 'draining') return;
      const { version } = deployment;
      await parts.database.deployments.set({ pipelineId, version, state: 'paused' });
    };
    parts.turns.take(pipelineId, record).catch((error: unknown) =>
      parts.log({
        level: 'error',
        text: 'A pipeline is drained and paused, but that could not be recorded',
        data: { pipelineId, err: error },
      }),
    );
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
