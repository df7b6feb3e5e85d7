import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DataDirInUseError } from './embedded-errors.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { SUPERUSER } from './init-cluster.ts';

/** Role and database of the application. It is no superuser: it can neither read files nor run programs. */
export const APPLICATION = 'sluice';

/** "owner" in ASCII. */
const OWNER_LOCK = 0x6f776e6572;
/** The last owner may have been killed a moment ago, and its session with it. */
const PATIENCE_MS = 2_000;
const POLL_MS = 20;

export interface Ownership {
  /** Lets go; the server goes on. */
  release(): Promise<void>;
}

/**
 * Claims the running server for this process, and makes the application's role and database if they are missing.
 *
 * The claim is a lock of an open session. PostgreSQL gives it back when its holder dies, in whatever way, and it cannot
 * be mistaken for another's as a stored process number can.
 * @throws DataDirInUseError if a live process has claimed it; pg's errors if no connection comes about.
 */
export async function ownCluster(
  folder: ClusterFolder,
  o: { readonly port: number; readonly password: string },
): Promise<Ownership> {
  const session = new pg.Client({
    host: '127.0.0.1',
    port: o.port,
    user: SUPERUSER,
    password: o.password,
    database: 'postgres',
    application_name: 'sluice owner',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  });
  // The session ends with the server. Whoever uses the database learns of that from his own connection.
  session.on('error', () => undefined);
  await session.connect();
  try {
    // When the server stops it ends this session, which is no event for its log.
    await session.query('SET log_min_messages = panic');
    await claim(session, folder);
    await ensureApplication(session, o.password);
  } catch (error) {
    await session.end();
    throw error;
  }
  // pg's types leave it out. The claim must not keep a process alive that has nothing else to do.
  (session as pg.Client & { unref(): void }).unref();
  return { release: () => session.end() };
}

async function claim(session: pg.Client, folder: ClusterFolder): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await session.query<{ claimed: boolean }>('SELECT pg_try_advisory_lock($1) AS claimed', [
      OWNER_LOCK,
    ]);
    if (rows[0]?.claimed === true) return;
    if (performance.now() >= deadline) {
      throw new DataDirInUseError(
        `Another running Sluice uses the data folder ${folder.dataDir}. Stop it first, or name another folder in SLUICE_DATA_DIR.`,
      );
    }
    await delay(POLL_MS);
  }
}

async function ensureApplication(session: pg.Client, password: string): Promise<void> {
  const { rows } = await session.query<{ role: boolean; database: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role, EXISTS (SELECT FROM pg_database WHERE datname = $1) AS database`,
    [APPLICATION],
  );
  if (rows[0]?.role !== true)
    await session.query(`CREATE ROLE ${APPLICATION} LOGIN PASSWORD ${session.escapeLiteral(password)}`);
  if (rows[0]?.database !== true) await session.query(`CREATE DATABASE ${APPLICATION} OWNER ${APPLICATION}`);
}
