import type { Client } from '../prisma-client.ts';

export async function putSecret(
  client: Client,
  o: { readonly name: string; readonly sealed: Uint8Array },
): Promise<void> {
  const now = new Date();
  // A copy, because Prisma wants bytes of its own and a view into a shared buffer would not do.
  const sealed = new Uint8Array(o.sealed);
  await client.secret.upsert({
    where: { name: o.name },
    create: { name: o.name, sealed, createdAt: now, updatedAt: now },
    update: { sealed, updatedAt: now },
  });
}
