import type { Client } from '../prisma-client.ts';
import type { StoredPipeline } from './stored-pipeline.ts';
import { toStoredPipeline, WITH_STATE } from './to-domain.ts';

export async function listPipelines(client: Client): Promise<readonly StoredPipeline[]> {
  const rows = await client.pipeline.findMany({ include: WITH_STATE, orderBy: { name: 'asc' } });
  return rows.map(toStoredPipeline);
}
