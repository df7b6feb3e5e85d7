import type { PipelineDocument } from '@sluice/pipeline';
import { toStoredDeployment } from '../deployments/to-domain.ts';
import type { Deployment, Pipeline } from '../generated/client.ts';
import type { StoredPipeline } from './stored-pipeline.ts';

/** What a query must fetch with a pipeline: its deployment and the number of its newest version. */
export const WITH_STATE = {
  deployment: true,
  versions: { select: { number: true }, orderBy: { number: 'desc' }, take: 1 },
} as const;

export interface PipelineRow extends Pipeline {
  readonly deployment: Deployment | null;
  readonly versions: readonly { readonly number: number }[];
}

export function toStoredPipeline(row: PipelineRow): StoredPipeline {
  const latest = row.versions[0];
  return {
    id: row.id,
    name: row.name,
    title: row.title,
    // Only parsed documents are ever stored, by the functions beside this one.
    document: row.draft as PipelineDocument,
    revision: row.revision,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    ...(row.deployment === null ? {} : { deployment: toStoredDeployment(row.deployment) }),
    ...(latest === undefined ? {} : { latestVersion: latest.number }),
  };
}
