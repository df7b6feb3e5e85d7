import type { Client } from '../prisma-client.ts';

/**
 * Number of the newest version of each of these pipelines; those without one are missing.
 * Asked apart, because Prisma would fetch every version of every pipeline to keep the first of each.
 */
export async function latestVersions(
  client: Client,
  pipelineIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await client.version.groupBy({
    by: ['pipelineId'],
    where: { pipelineId: { in: [...pipelineIds] } },
    _max: { number: true },
  });
  return new Map(rows.flatMap(({ pipelineId, _max }) => (_max.number === null ? [] : [[pipelineId, _max.number]])));
}
