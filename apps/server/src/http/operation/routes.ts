import { deployPipeline } from '../../use-cases/deploy-pipeline.ts';
import {
  type LifeCycleOutcome,
  pausePipeline,
  resumePipeline,
  stopPipeline,
} from '../../use-cases/change-life-cycle.ts';
import { readStatus } from '../../use-cases/read-status.ts';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { type Answer, json } from '../answer.ts';
import { refuse } from '../errors-to-http.ts';
import type { HandlersOf } from '../handlers.ts';
import { pipelineNotFound, versionNotFound } from '../not-found.ts';
import { presentFindings } from '../pipelines/read-document.ts';
import type { Finding } from '@sluice/pipeline';

export function operationRoutes(parts: ServerParts): HandlersOf<'deploy' | 'pause' | 'resume' | 'stop' | 'readStatus'> {
  return {
    async deploy({ params, body }) {
      const outcome = await deployPipeline(parts, params.id, body ?? {});
      if (outcome.ok)
        return json({ version: outcome.version, state: 'running', findings: presentFindings(outcome.findings) });
      switch (outcome.reason) {
        case 'pipeline-not-found':
          return pipelineNotFound(params.id);
        case 'version-not-found':
          return versionNotFound(body?.version ?? 0);
        case 'not-deployable':
          return notDeployable(outcome.findings);
        case 'wires-hold-messages':
          return wiresHoldMessages(outcome.wires);
      }
    },
    pause: async ({ params }) => presentLifeCycle(await pausePipeline(parts, params.id), params.id),
    resume: async ({ params }) => presentLifeCycle(await resumePipeline(parts, params.id), params.id),
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
      return notDeployable(outcome.findings);
    case 'wires-hold-messages':
      return wiresHoldMessages(outcome.wires);
  }
}

function notDeployed(): Answer {
  return refuse('not-deployed', 'The pipeline has not been deployed yet. Deploy it first.');
}

function notDeployable(findings: readonly Finding[]): Answer {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return refuse('not-deployable', `${errors[0]?.message ?? 'The document cannot run.'}${more}`, {
    members: { errors: presentFindings(findings) },
  });
}

function wiresHoldMessages(wires: readonly { readonly wireId: string; readonly messages: number }[]): Answer {
  const list = wires.map(({ wireId, messages }) => `${wireId} (${messages})`).join(', ');
  return refuse(
    'wires-hold-messages',
    `Wires that the new version no longer has still hold messages: ${list}. Let them drain, or deploy with removedWires "dead-letter".`,
    {
      members: { wires },
    },
  );
}
