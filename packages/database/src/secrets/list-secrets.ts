import type { Client } from '../prisma-client.ts';

export async function listSecrets(
  client: Client,
): Promise<readonly { readonly name: string; readonly updatedAt: Date }[]> {
  return client.secret.findMany({ select: { name: true, updatedAt: true }, orderBy: { name: 'asc' } });
}
