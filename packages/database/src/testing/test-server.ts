import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { startEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A PostgreSQL server for tests, and empty places in it, which are gone after `dispose`. */
export interface TestServer extends AsyncDisposable {
  /** URL of a new, empty place: a database of its own, or on the built-in server a schema of its own. */
  emptyUrl(): Promise<string>;
}

const OUTSIDE = {
  host: '127.0.0.1',
  port: 5432,
  user: 'postgres',
  database: 'postgres',
  connectionTimeoutMillis: 2_000,
};

/** Whether a PostgreSQL that trusts local users runs on this machine, as it does in CI. */
export async function outsideServerRuns(): Promise<boolean> {
  const client = new pg.Client(OUTSIDE);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    // Whatever the reason, there is none that tests can use.
    return false;
  }
}

export async function outsideServer(): Promise<TestServer> {
  const admin = new pg.Client(OUTSIDE);
  await admin.connect();
  const made: string[] = [];
  return {
    emptyUrl: async () => {
      const name = `sluice_test_${randomUUID().replaceAll('-', '')}`;
      await admin.query(`CREATE DATABASE ${name}`);
      made.push(name);
      return `postgresql://${OUTSIDE.user}@${OUTSIDE.host}:${OUTSIDE.port}/${name}`;
    },
    [Symbol.asyncDispose]: async () => {
      for (const name of made) await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

export async function builtInServer(): Promise<TestServer> {
  const dataDir = await temporaryFolder();
  const postgres = await startEmbeddedPostgres({ dataDir: dataDir.path });
  return {
    emptyUrl: async () => `${postgres.url}?schema=test_${randomUUID().replaceAll('-', '')}`,
    [Symbol.asyncDispose]: async () => {
      await postgres.stop();
      await dataDir[Symbol.asyncDispose]();
    },
  };
}

/** The quicker one of the two. */
export async function anyServer(): Promise<TestServer> {
  return (await outsideServerRuns()) ? outsideServer() : builtInServer();
}
