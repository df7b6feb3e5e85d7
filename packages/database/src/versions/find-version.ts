import { isNumberOfColumn } from '../number-of-column.ts';
import type { Client } from '../prisma-client.ts';
import type { StoredVersion } from './stored-version.ts';
import { toStoredVersion } from './to-domain.ts';

export async function findVersion(
  client: Client,
  pipelineId: string,
  number: number,
): Promise<StoredVersion | undefined> {
  if (!isNumberOfColumn(number)) return undefined;
  const row = await client.version.findUnique({ where: { pipelineId_number: { pipelineId, number } } });
  return row === null ? undefined : toStoredVersion(row);
}
