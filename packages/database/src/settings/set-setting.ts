import { Prisma } from '../generated/client.ts';
import type { Client } from '../prisma-client.ts';
import { storableJson } from '../storable-json.ts';

export async function setSetting(client: Client, key: string, value: unknown): Promise<void> {
  const values = { value: value === null ? Prisma.JsonNull : storableJson(value), updatedAt: new Date() };
  await client.setting.upsert({ where: { key }, create: { key, ...values }, update: values });
}
