import { VersionMissingError } from '../database-errors.ts';
import { isNumberOfColumn } from '../number-of-column.ts';
import { type Client, isForeignKeyViolation } from '../prisma-client.ts';
import type { DeploymentState, StoredDeployment } from './stored-deployment.ts';
import { toStoredDeployment } from './to-domain.ts';

export async function setDeployment(
  client: Client,
  {
    pipelineId,
    version,
    state,
  }: { readonly pipelineId: string; readonly version: number; readonly state: DeploymentState },
): Promise<StoredDeployment> {
  if (!isNumberOfColumn(version)) throw versionMissing(pipelineId, version);
  const now = new Date();
  // A change of state alone keeps `deployedAt`; but a stopped version that runs again has taken over anew.
  const takesOverAnew = state === 'stopped' ? {} : { NOT: { state: 'stopped' as const } };
  const [kept] = await client.deployment.updateManyAndReturn({
    where: { pipelineId, version, ...takesOverAnew },
    data: { state, updatedAt: now },
  });
  if (kept !== undefined) return toStoredDeployment(kept);
  const values = { version, state, deployedAt: now, updatedAt: now };
  try {
    const row = await client.deployment.upsert({
      where: { pipelineId },
      create: { pipelineId, ...values },
      update: values,
    });
    return toStoredDeployment(row);
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw versionMissing(pipelineId, version, error);
  }
}

function versionMissing(pipelineId: string, version: number, cause?: unknown): VersionMissingError {
  return new VersionMissingError(
    `Version ${version} of pipeline ${pipelineId} does not exist, so it cannot be deployed.`,
    { cause },
  );
}
