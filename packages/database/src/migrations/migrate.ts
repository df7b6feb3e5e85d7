import type pg from 'pg';
import { type ConnectionTarget, connectionTarget, describeTarget } from '../connection-target.ts';
import { DatabaseNewerError, DatabaseNotEmptyError, MigrationFailedError } from '../database-errors.ts';
import { inTransaction } from './in-transaction.ts';
import { migrationNames, readMigration } from './migration-folder.ts';
import {
  createRecord,
  type RecordedMigration,
  recordedMigrations,
  recordExists,
  recordFinished,
} from './migration-record.ts';
import { undoBegunMigration } from './undo-begun-migration.ts';

/**
 * "sluice" in ASCII; and Prisma's own key, so that its command line waits for us and we for it. That also waits for the
 * script of a killed process, which PostgreSQL runs to its end before it notices that nobody is there any more.
 */
const LOCK_KEYS = [0x736c75696365, 72707369];
/** Another process of the same version may be migrating; a migration that takes longer needs its owner's eye anyway. */
const LOCK_TIMEOUT_MS = 120_000;

/**
 * Applies what is in the folder and not yet in the database, and keeps Prisma's record of it (`_prisma_migrations`).
 *
 * A script and its record are one transaction: whenever the process is killed, the next start finds a migration either
 * applied or not begun. A script must therefore do without statements that PostgreSQL refuses in a transaction.
 * Nearly always there is nothing to do, and one query tells. Processes that start together take turns.
 */
export async function migrate(o: {
  readonly url: string;
  /** Open connections to the same. */
  readonly pool: pg.Pool;
  readonly migrationsDir: string;
}): Promise<void> {
  const place = { target: connectionTarget(o.url), migrationsDir: o.migrationsDir };
  const folder = await migrationNames(o.migrationsDir);
  const recorded = await recordedMigrations(o.pool);
  const isBegun = recorded.some(({ finished }) => !finished);
  if (!isBegun && pendingMigrations(recorded, place.target, folder).length === 0) return;
  const holder = await o.pool.connect();
  // The query that a broken connection fails tells of it; without a listener it would end the process.
  holder.on('error', () => undefined);
  try {
    await takeLock(holder, place.target);
    await undoBegun(holder, place, folder);
    for (const name of pendingMigrations(await recordedMigrations(holder), place.target, folder))
      await applyMigration(holder, place, name);
    // Closing gives them back too, but only once PostgreSQL has noticed.
    await holder.query('SELECT pg_advisory_unlock_all()');
  } finally {
    // Whatever state the session is in.
    holder.release(true);
  }
}

interface Place {
  readonly target: ConnectionTarget;
  readonly migrationsDir: string;
}

async function takeLock(holder: pg.PoolClient, target: ConnectionTarget): Promise<void> {
  try {
    await holder.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    for (const key of LOCK_KEYS) await holder.query('SELECT pg_advisory_lock($1)', [key]);
  } catch (error) {
    throw new MigrationFailedError(
      `Another process has been migrating the ${describeTarget(target)} for ${LOCK_TIMEOUT_MS / 1000} seconds. Wait for it to finish, then start again.`,
      { cause: error },
    );
  }
}

/** A first migration that was killed is taken back; into whatever may concern somebody's data, its owner has to look. */
async function undoBegun(holder: pg.PoolClient, place: Place, folder: readonly string[]): Promise<void> {
  const recorded = await recordedMigrations(holder);
  const begun = recorded.find(({ finished }) => !finished);
  if (begun === undefined) return;
  if (recorded.some(({ name, finished }) => finished || name !== folder[0])) throw begunError(begun, place.target);
  const script = await readMigration(place.migrationsDir, begun.name);
  let undone: boolean;
  try {
    undone = await undoBegunMigration(holder, { name: begun.name, script });
  } catch (error) {
    throw begunError(begun, place.target, error);
  }
  if (!undone) throw begunError(begun, place.target);
}

function begunError({ name }: RecordedMigration, target: ConnectionTarget, cause?: unknown): MigrationFailedError {
  return new MigrationFailedError(
    `Migration ${name} of the ${describeTarget(target)} was begun and did not finish. Repair what it left, then mark it with "prisma migrate resolve".`,
    { cause },
  );
}

function pendingMigrations(
  recorded: readonly RecordedMigration[],
  target: ConnectionTarget,
  folder: readonly string[],
): readonly string[] {
  const unknown = recorded.find(({ name }) => !folder.includes(name));
  if (unknown !== undefined) {
    throw new DatabaseNewerError(
      `The ${describeTarget(target)} has migration ${unknown.name}, which this version of Sluice does not know. Start the version that made it, or name another database in DATABASE_URL.`,
    );
  }
  const applied = new Set(recorded.map(({ name }) => name));
  return folder.filter((name) => !applied.has(name));
}

async function applyMigration(holder: pg.PoolClient, { target, migrationsDir }: Place, name: string): Promise<void> {
  const script = await readMigration(migrationsDir, name);
  try {
    await inTransaction(holder, async () => {
      if (!(await recordExists(holder))) {
        if (!(await isEmpty(holder))) throw notEmptyError(target);
        await createRecord(holder);
      }
      // Whole: PostgreSQL takes many statements at once if they come without parameters.
      await holder.query(script);
      await recordFinished(holder, name, script);
    });
  } catch (error) {
    if (error instanceof DatabaseNotEmptyError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new MigrationFailedError(`Migration ${name} of the ${describeTarget(target)} failed: ${message}`, {
      cause: error,
    });
  }
}

/** No tables or views where ours would go; what an extension has brought does not count. */
async function isEmpty(holder: pg.PoolClient): Promise<boolean> {
  const { rows } = await holder.query(
    `SELECT FROM pg_class
     WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p', 'v', 'm', 'f')
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
     LIMIT 1`,
  );
  return rows.length === 0;
}

function notEmptyError(target: ConnectionTarget): DatabaseNotEmptyError {
  return new DatabaseNotEmptyError(
    `The ${describeTarget(target)} holds tables that are not Sluice's. Name an empty database in DATABASE_URL, or a schema of its own in this one: add ?schema=sluice.`,
  );
}
