import type { PipelineDocument } from '@sluice/pipeline';
import { toStoredDeployment } from '../deployments/to-domain.ts';
import type { Deployment, Pipeline } from '../generated/client.ts';
import type { StoredPipeline } from './stored-pipeline.ts';

export interface PipelineRow extends Pipeline {
  readonly deployment: Deployment | null;
}

export function toStoredPipeline(row: PipelineRow, latestVersion: number | undefined): StoredPipeline {
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
    ...(latestVersion === undefined ? {} : { latestVersion }),
  };
}
