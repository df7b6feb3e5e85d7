import type pg from 'pg';
import { type ConnectionTarget, connectionTarget, describeTarget } from '../connection-target.ts';
import { DatabaseNewerError, DatabaseNotEmptyError, MigrationFailedError } from '../database-errors.ts';
import { migrationNames, readMigrations } from './migration-folder.ts';
import { withSchemaEngine } from './schema-engine.ts';

/** Prisma's code. */
const SCHEMA_NOT_EMPTY = 'P3005';
/** Ours alone, "sluice" in ASCII: Prisma's engine takes another key (72707369) by itself. */
const LOCK_KEY = 0x736c75696365;
/** Another process of the same version may be migrating; a migration that takes longer needs its owner's eye anyway. */
const LOCK_TIMEOUT_MS = 120_000;

/**
 * Applies what is in the folder and not yet in the database, and keeps Prisma's record of it (`_prisma_migrations`).
 *
 * Nearly always there is nothing to do, and one query tells: the engine is loaded only when something is pending.
 * Processes that start together take turns.
 */
export async function migrate(o: {
  readonly url: string;
  /** Open connections to the same. */
  readonly pool: pg.Pool;
  readonly migrationsDir: string;
}): Promise<void> {
  const target = connectionTarget(o.url);
  const folder = await migrationNames(o.migrationsDir);
  if ((await pendingMigrations(o.pool, target, folder)).length === 0) return;
  const holder = await o.pool.connect();
  try {
    await takeLock(holder, target);
    if ((await pendingMigrations(holder, target, folder)).length > 0) await applyMigrations(o.url, o.migrationsDir);
  } finally {
    // Closing the connection gives the lock back, whatever state the session is in.
    holder.release(true);
  }
}

async function takeLock(holder: pg.PoolClient, target: ConnectionTarget): Promise<void> {
  try {
    await holder.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await holder.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
  } catch (error) {
    throw new MigrationFailedError(
      `Another process has been migrating the ${describeTarget(target)} for ${LOCK_TIMEOUT_MS / 1000} seconds. Wait for it to finish, then start again.`,
      { cause: error },
    );
  }
}

async function pendingMigrations(
  db: pg.Pool | pg.PoolClient,
  target: ConnectionTarget,
  folder: readonly string[],
): Promise<readonly string[]> {
  const recorded = await recordedMigrations(db);
  const broken = recorded.find(({ finished }) => !finished);
  if (broken !== undefined) {
    throw new MigrationFailedError(
      `Migration ${broken.name} of the ${describeTarget(target)} was begun and did not finish. Repair what it left, then mark it with "prisma migrate resolve".`,
    );
  }
  const unknown = recorded.find(({ name }) => !folder.includes(name));
  if (unknown !== undefined) {
    throw new DatabaseNewerError(
      `The ${describeTarget(target)} has migration ${unknown.name}, which this version of Sluice does not know. Start the version that made it, or name another database in DATABASE_URL.`,
    );
  }
  const applied = new Set(recorded.map(({ name }) => name));
  return folder.filter((name) => !applied.has(name));
}

interface RecordedMigration {
  readonly name: string;
  readonly finished: boolean;
}

async function recordedMigrations(db: pg.Pool | pg.PoolClient): Promise<readonly RecordedMigration[]> {
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

function isUndefinedTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01';
}

async function applyMigrations(url: string, migrationsDir: string): Promise<void> {
  const migrationsList = await readMigrations(migrationsDir);
  await withSchemaEngine(url, async (engine) => {
    try {
      await engine.applyMigrations({ migrationsList, filters: { externalTables: [], externalEnums: [] } });
    } catch (error) {
      throw migrationError(error, connectionTarget(url));
    }
  });
}

function migrationError(error: unknown, target: ConnectionTarget): Error {
  if (error instanceof Error && 'code' in error && error.code === SCHEMA_NOT_EMPTY) {
    return new DatabaseNotEmptyError(
      `The ${describeTarget(target)} holds tables that are not Sluice's. Name an empty database in DATABASE_URL, or a schema of its own in this one: add ?schema=sluice.`,
      { cause: error },
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  return new MigrationFailedError(`Migrating the ${describeTarget(target)} failed: ${message}`, { cause: error });
}
