import type { Prisma } from './generated/client.ts';

/**
 * The value as PostgreSQL will give it back: fields that are `undefined` are gone. Prisma refuses those, and comparing
 * with what was stored before needs both sides alike.
 */
export function storableJson(value: unknown): Prisma.InputJsonValue {
  // JSON.parse can only yield JSON; `null` at the top is the caller's to handle, because Prisma spells it differently.
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue;
}
