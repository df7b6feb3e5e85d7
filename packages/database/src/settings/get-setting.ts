import type { Client } from '../prisma-client.ts';

export async function getSetting(client: Client, key: string): Promise<unknown> {
  const row = await client.setting.findUnique({ where: { key } });
  return row === null ? undefined : row.value;
}
