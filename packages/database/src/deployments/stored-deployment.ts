export const DEPLOYMENT_STATES = ['running', 'draining', 'paused', 'stopped'] as const;
/** What the owner wants; whether it could be done is the runtime's to say. */
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

export interface StoredDeployment {
  readonly pipelineId: string;
  readonly version: number;
  readonly state: DeploymentState;
  /** When this version took over. */
  readonly deployedAt: Date;
  /** When version or state last changed. */
  readonly updatedAt: Date;
}
