import type { Client } from '../prisma-client.ts';

export async function removeSecret(client: Client, name: string): Promise<boolean> {
  const { count } = await client.secret.deleteMany({ where: { name } });
  return count > 0;
}
