export { openDatabase } from './open-database.ts';
export type { Database } from './database.ts';
export type { StoredPipeline } from './pipelines/stored-pipeline.ts';
export type { CreatePipelineResult } from './pipelines/create-pipeline.ts';
export type { SaveDraftResult } from './pipelines/save-draft.ts';
export type { StoredVersion } from './versions/stored-version.ts';
export { DEPLOYMENT_STATES, type DeploymentState, type StoredDeployment } from './deployments/stored-deployment.ts';
export * from './database-errors.ts';
