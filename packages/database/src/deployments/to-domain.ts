import type { Deployment } from '../generated/client.ts';
import type { StoredDeployment } from './stored-deployment.ts';

export function toStoredDeployment(row: Deployment): StoredDeployment {
  return {
    pipelineId: row.pipelineId,
    version: row.version,
    state: row.state,
    deployedAt: row.deployedAt,
    updatedAt: row.updatedAt,
  };
}
