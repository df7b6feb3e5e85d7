import type { Client } from '../prisma-client.ts';

/** Versions and deployment go with it, by the foreign keys. */
export async function removePipeline(client: Client, id: string): Promise<boolean> {
  const { count } = await client.pipeline.deleteMany({ where: { id } });
  return count > 0;
}
