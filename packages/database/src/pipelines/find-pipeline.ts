import type { Client } from '../prisma-client.ts';
import { latestVersions } from '../versions/latest-versions.ts';
import type { StoredPipeline } from './stored-pipeline.ts';
import { toStoredPipeline } from './to-domain.ts';

export async function findPipeline(client: Client, idOrName: string): Promise<StoredPipeline | undefined> {
  // No id or name has it, and PostgreSQL would not take the question.
  if (idOrName.includes('\0')) return undefined;
  const rows = await client.pipeline.findMany({
    where: { OR: [{ id: idOrName }, { name: idOrName }] },
    include: { deployment: true },
  });
  const row = rows.find(({ id }) => id === idOrName) ?? rows[0];
  if (row === undefined) return undefined;
  const latest = await latestVersions(client, [row.id]);
  return toStoredPipeline(row, latest.get(row.id));
}

export async function findPipelineById(client: Client, id: string): Promise<StoredPipeline | undefined> {
  const found = await findPipeline(client, id);
  // A pipeline may be named like another one's id.
  return found?.id === id ? found : undefined;
}
