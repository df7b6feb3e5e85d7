import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import type { ConnectionTarget } from './connection-target.ts';
import { databaseUnreachable, isConnectionFailure } from './database-unreachable.ts';
import { Prisma, PrismaClient } from './generated/client.ts';

export type Client = ReturnType<typeof createPrismaClient>;

/** The Prisma client on our pool. Lost connections surface as DatabaseUnreachableError, whatever the query was. */
export function createPrismaClient(pool: pg.Pool, target: ConnectionTarget) {
  const adapter = new PrismaPg(pool, target.schema === undefined ? {} : { schema: target.schema });
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' });
  return client.$extends({
    query: {
      $allOperations: ({ args, query }) =>
        query(args).catch((error: unknown) => {
          throw isConnectionFailure(error) ? databaseUnreachable(target, error) : error;
        }),
    },
  });
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}

export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003';
}
