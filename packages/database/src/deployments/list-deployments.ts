import type { Client } from '../prisma-client.ts';
import type { StoredDeployment } from './stored-deployment.ts';
import { toStoredDeployment } from './to-domain.ts';

export async function listDeployments(client: Client): Promise<readonly StoredDeployment[]> {
  const rows = await client.deployment.findMany({ orderBy: { deployedAt: 'asc' } });
  return rows.map(toStoredDeployment);
}
