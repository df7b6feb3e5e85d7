import { pipelineSchema, type Pipeline } from '@sluice/protocol';
import type { PipelineDocument } from '@sluice/pipeline';
import { CommandFailure } from '../failures.ts';
import { refusedBy, type ApiClient } from './api-client.ts';

/** Makes the document the pipeline's draft, creating the pipeline where there is none of that name. */
export async function saveDraft(
  api: ApiClient,
  document: PipelineDocument,
): Promise<{ readonly pipeline: Pipeline; readonly created: boolean }> {
  const path = pipelinePath(document.name);
  const current = await api.send({ method: 'GET', path, answer: pipelineSchema });
  if (!current.ok && current.problem.status !== 404) throw refusedBy(current);
  const saved = current.ok
    ? await api.send({
        method: 'PUT',
        path,
        answer: pipelineSchema,
        body: document,
        ifMatch: current.etag ?? `"${current.data.revision}"`,
      })
    : await api.send({ method: 'POST', path: '/pipelines', answer: pipelineSchema, body: document });
  if (saved.ok) return { pipeline: saved.data, created: !current.ok };
  if (saved.problem.status === 412) {
    throw new CommandFailure(
      saved.problem.code,
      `Somebody else saved "${document.name}" in the same moment; their draft was kept. Look at it, then import again.`,
    );
  }
  throw refusedBy(saved);
}

export function pipelinePath(name: string, below = ''): string {
  return `/pipelines/${encodeURIComponent(name)}${below}`;
}
