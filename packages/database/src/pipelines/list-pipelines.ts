import type { Client } from '../prisma-client.ts';
import { latestVersions } from '../versions/latest-versions.ts';
import type { StoredPipeline } from './stored-pipeline.ts';
import { toStoredPipeline } from './to-domain.ts';

export async function listPipelines(client: Client): Promise<readonly StoredPipeline[]> {
  const rows = await client.pipeline.findMany({ include: { deployment: true }, orderBy: { name: 'asc' } });
  const latest = await latestVersions(
    client,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => toStoredPipeline(row, latest.get(row.id)));
}
