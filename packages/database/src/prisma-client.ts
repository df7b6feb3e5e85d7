import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import type { ConnectionTarget } from './connection-target.ts';
import { databaseUnreachable } from './database-unreachable.ts';
import { Prisma, PrismaClient } from './generated/client.ts';

export type Client = ReturnType<typeof createPrismaClient>;

/** Prisma's codes for a connection that could not be made or broke off. */
const CONNECTION_CODES: ReadonlySet<string> = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017', 'P2024', 'P2037']);

/** The Prisma client on our pool. Lost connections surface as DatabaseUnreachableError, whatever the query was. */
export function createPrismaClient(pool: pg.Pool, target: ConnectionTarget) {
  const adapter = new PrismaPg(pool, target.schema === undefined ? {} : { schema: target.schema });
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' });
  return client.$extends({
    query: {
      $allOperations: ({ args, query }) =>
        query(args).catch((error: unknown) => {
          throw isConnectionError(error) ? databaseUnreachable(target, error) : error;
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

function isConnectionError(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && CONNECTION_CODES.has(error.code);
}
