import pg from 'pg';
import { connectionTarget } from './connection-target.ts';
import { databaseUnreachable } from './database-unreachable.ts';

/** Enough for the API of one process; PostgreSQL's default limit of 100 leaves room for several processes. */
const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Opens the connections that Prisma and the migrations share, and proves that one works.
 * @throws DatabaseUnreachableError, DatabaseUrlInvalidError.
 */
export async function connectPool(url: string, { connectionsMax = CONNECTIONS_MAX } = {}): Promise<pg.Pool> {
  const target = connectionTarget(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'sluice',
    keepAlive: true,
    // Migrations name tables without a schema, so the schema of the URL has to come first for every connection.
    ...(target.schema === undefined
      ? {}
      : { options: `-c search_path=${escapeOption(quoteIdentifier(target.schema))}` }),
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  try {
    await ensureSchema(pool, target.schema);
    return pool;
  } catch (error) {
    await pool.end();
    throw databaseUnreachable(target, error);
  }
}

/** Asks first: who may use an existing schema need not be allowed to create one. */
async function ensureSchema(pool: pg.Pool, schema: string | undefined): Promise<void> {
  const { rows } = await pool.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema ?? null]);
  if (schema === undefined || rows.length > 0) return;
  await pool.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Options in a connection packet are split at spaces; a backslash keeps one. */
function escapeOption(text: string): string {
  return text.replaceAll(/[\\ ]/g, String.raw`\$&`);
}
