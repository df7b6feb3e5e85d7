import type { Client } from '../prisma-client.ts';

export async function findSecret(client: Client, name: string): Promise<Uint8Array | undefined> {
  const row = await client.secret.findUnique({ where: { name } });
  return row?.sealed;
}
