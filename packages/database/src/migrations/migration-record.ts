import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';

/** What Prisma's table says of a migration that was begun, and not given up since. */
export interface RecordedMigration {
  readonly name: string;
  readonly finished: boolean;
}

/** As Prisma's engine makes it, so that its command line takes it for its own. */
const CREATE_RECORD = `CREATE TABLE "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

/** Nothing if there is no record yet. Not for use within a transaction, which a missing table would end. */
export async function recordedMigrations(db: pg.Pool | pg.PoolClient): Promise<readonly RecordedMigration[]> {
  try {
    const { rows } = await db.query<RecordedMigration>(
      `SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
    );
    return rows;
  } catch (error) {
    if (isUndefinedTable(error)) return [];
    throw error;
  }
}

export async function recordExists(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`,
  );
  return rows[0]?.exists === true;
}

export async function createRecord(client: pg.PoolClient): Promise<void> {
  await client.query(CREATE_RECORD);
}

/** Notes, within the transaction that ran the script, that it has been run. */
export async function recordFinished(client: pg.PoolClient, name: string, script: string): Promise<void> {
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), createHash('sha256').update(script).digest('hex'), name],
  );
}

/** Notes that what was begun has been undone, as "prisma migrate resolve --rolled-back" does. */
export async function recordRolledBack(client: pg.PoolClient, name: string): Promise<void> {
  await client.query(
    `UPDATE _prisma_migrations SET rolled_back_at = now()
     WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
    [name],
  );
}

function isUndefinedTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01';
}
