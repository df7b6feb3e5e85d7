import type { Client } from '../prisma-client.ts';
import type { StoredPipeline } from './stored-pipeline.ts';
import { toStoredPipeline, WITH_STATE } from './to-domain.ts';

export async function findPipeline(client: Client, idOrName: string): Promise<StoredPipeline | undefined> {
  const rows = await client.pipeline.findMany({
    where: { OR: [{ id: idOrName }, { name: idOrName }] },
    include: WITH_STATE,
  });
  const row = rows.find(({ id }) => id === idOrName) ?? rows[0];
  return row === undefined ? undefined : toStoredPipeline(row);
}

export async function findPipelineById(client: Client, id: string): Promise<StoredPipeline | undefined> {
  const row = await client.pipeline.findUnique({ where: { id }, include: WITH_STATE });
  return row === null ? undefined : toStoredPipeline(row);
}
