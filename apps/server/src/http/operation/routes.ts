import { deployPipeline } from '../../use-cases/deploy-pipeline.ts';
import {
  drainPipeline,
  type LifeCycleOutcome,
  pausePipeline,
  resumePipeline,
  stopPipeline,
} from '../../use-cases/change-life-cycle.ts';
import { readStatus } from '../../use-cases/read-status.ts';
import { describeRefusal, type RunRefusal } from '../../use-cases/run-version.ts';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { type Answer, json } from '../answer.ts';
import { refuse } from '../errors-to-http.ts';
import type { HandlersOf } from '../handlers.ts';
import { notDeployed, pipelineNotFound, versionNotFound } from '../not-found.ts';
import { presentFindings } from '../pipelines/read-document.ts';

export function operationRoutes(
  parts: ServerParts,
): HandlersOf<'deploy' | 'pause' | 'resume' | 'drain' | 'stop' | 'readStatus'> {
  return {
    async deploy({ params, body }) {
      const outcome = await deployPipeline(parts, params.id, body ?? {});
      if (outcome.ok)
        return json({
          version: outcome.version,
          state: 'running',
          findings: presentFindings(outcome.findings),
          restarted: outcome.restarted,
        });
      switch (outcome.reason) {
        case 'pipeline-not-found':
          return pipelineNotFound(params.id);
        case 'version-not-found':
          return versionNotFound(body?.version ?? 0);
        case 'not-deployable':
        case 'wires-hold-messages':
        case 'removed-wires-refused':
        case 'name-in-use':
          return presentRefusal(outcome);
      }
    },
    pause: async ({ params }) => presentLifeCycle(await pausePipeline(parts, params.id), params.id),
    resume: async ({ params }) => presentLifeCycle(await resumePipeline(parts, params.id), params.id),
    drain: async ({ params }) => presentLifeCycle(await drainPipeline(parts, params.id), params.id),
    stop: async ({ params }) => presentLifeCycle(await stopPipeline(parts, params.id), params.id),

    async readStatus({ params }) {
      const stored = await parts.database.pipelines.find(params.id);
      if (stored === undefined) return pipelineNotFound(params.id);
      const status = stored.deployment === undefined ? undefined : await readStatus(parts, stored.deployment);
      return status === undefined ? notDeployed() : json(status);
    },
  };
}

function presentLifeCycle(outcome: LifeCycleOutcome, id: string): Answer {
  if (outcome.ok) return json({ version: outcome.deployment.version, state: outcome.deployment.state });
  switch (outcome.reason) {
    case 'pipeline-not-found':
      return pipelineNotFound(id);
    case 'not-deployed':
      return notDeployed();
    case 'not-running':
      return refuse(
        'not-running',
        'The pipeline is not in operation: it was stopped or could not run. Resume or deploy it first.',
      );
    case 'not-deployable':
    case 'wires-hold-messages':
    case 'removed-wires-refused':
    case 'name-in-use':
      return presentRefusal(outcome);
  }
}

function presentRefusal(refusal: RunRefusal): Answer {
  const detail = describeRefusal(refusal);
  switch (refusal.reason) {
    case 'not-deployable':
      return refuse('not-deployable', detail, { members: { errors: presentFindings(refusal.findings) } });
    case 'wires-hold-messages':
      return refuse('wires-hold-messages', detail, { members: { wires: refusal.wires } });
    case 'removed-wires-refused':
      return refuse('removed-wires-refused', detail, { members: { wires: refusal.refusals } });
    case 'name-in-use':
      return refuse('name-in-use', detail);
  }
}
