import { isNumberOfColumn } from '../number-of-column.ts';
import type { Client } from '../prisma-client.ts';

export async function withdrawVersion(
  client: Client,
  { pipelineId, number }: { readonly pipelineId: string; readonly number: number },
): Promise<boolean> {
  if (!isNumberOfColumn(number)) return false;
  return client.$transaction(async (transaction) => {
    // A deployment goes with its version, so nobody may deploy it between the question and the removal.
    await transaction.$queryRaw`SELECT 1 FROM "Version" WHERE "pipelineId" = ${pipelineId} AND "number" = ${number} FOR UPDATE`;
    const later = await transaction.version.count({ where: { pipelineId, number: { gt: number } } });
    if (later > 0) return false;
    const { count } = await transaction.version.deleteMany({
      where: { pipelineId, number, deployments: { none: {} } },
    });
    return count > 0;
  });
}
