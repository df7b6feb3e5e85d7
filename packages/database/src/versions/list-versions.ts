import type { Client } from '../prisma-client.ts';
import type { StoredVersion } from './stored-version.ts';
import { toStoredVersion } from './to-domain.ts';

export async function listVersions(client: Client, pipelineId: string): Promise<readonly StoredVersion[]> {
  const rows = await client.version.findMany({ where: { pipelineId }, orderBy: { number: 'desc' } });
  return rows.map(toStoredVersion);
}
