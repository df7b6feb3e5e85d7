import { setTimeout as sleep } from 'node:timers/promises';
import process from 'node:process';
import { isAlive } from '../process/is-alive.ts';
import { AbsentError } from './absent-error.ts';
import { importPeer } from './install-peer.ts';

const PREFIX = 'sluice_bench_';
/** Connections that were just closed may be counted for a moment longer. */
const DROP_TRIES = 50;
const DROP_WAIT_MS = 100;

/** Where peers that need PostgreSQL find one. It is used as it is: its settings, its cores. */
export function postgresUrl(): string {
  return process.env['SLUICE_BENCH_DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
}

/** What is used of `pg`, which the peers bring along. */
interface Postgres {
  readonly default: { readonly Client: new (options: { readonly connectionString: string }) => Client };
}

interface Client {
  connect(): Promise<void>;
  query(sql: string): Promise<{ readonly rows: readonly { readonly name: string }[] }>;
  end(): Promise<void>;
}

/**
 * Makes a database for this process alone, and drops what processes that were killed have left. Rejects with
 * `AbsentError` where no PostgreSQL can be reached or none must be made.
 */
export async function makeDatabase(
  peerFolder: string,
  serverUrl: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const { default: postgres } = await importPeer<Postgres>(peerFolder, 'pg');
  const withServer = async (act: (client: Client) => Promise<void>): Promise<void> => {
    const client = new postgres.Client({ connectionString: serverUrl });
    await client.connect();
    try {
      await act(client);
    } finally {
      await client.end();
    }
  };
  const name = `${PREFIX}${process.pid}`;
  try {
    await withServer(async (client) => {
      await dropLeftOver(client);
      await client.query(`CREATE DATABASE ${name}`);
    });
  } catch (error) {
    throw new AbsentError(
      `no database could be made on the PostgreSQL server: ${reasonOf(error)}; SLUICE_BENCH_DATABASE_URL names another`,
      { cause: error },
    );
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, [Symbol.asyncDispose]: () => withServer((client) => dropWhenFree(client, name)) };
}

async function dropLeftOver(client: Client): Promise<void> {
  const { rows } = await client.query(`SELECT datname AS name FROM pg_database WHERE datname ~ '^${PREFIX}[0-9]+$'`);
  for (const { name } of rows)
    if (!isAlive(Number(name.slice(PREFIX.length)))) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function dropWhenFree(client: Client, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`DROP DATABASE ${name}`);
      return;
    } catch (error) {
      if (attempt === DROP_TRIES) throw error;
      await sleep(DROP_WAIT_MS);
    }
  }
}

/** Refused connections carry a code and no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
