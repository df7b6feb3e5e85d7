import type { Client } from '../prisma-client.ts';
import type { StoredDeployment } from './stored-deployment.ts';
import { toStoredDeployment } from './to-domain.ts';

export async function findDeployment(client: Client, pipelineId: string): Promise<StoredDeployment | undefined> {
  const row = await client.deployment.findUnique({ where: { pipelineId } });
  return row === null ? undefined : toStoredDeployment(row);
}
