import process from 'node:process';
import { AbsentError } from './absent-error.ts';
import { importPeer } from './install-peer.ts';

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
  query(sql: string): Promise<unknown>;
  end(): Promise<void>;
}

/**
 * Makes a database for this run alone. Rejects with `AbsentError` where no PostgreSQL can be reached or it must not be
 * made.
 */
export async function makeDatabase(
  peerFolder: string,
  serverUrl: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const { default: postgres } = await importPeer<Postgres>(peerFolder, 'pg');
  const name = `sluice_bench_${process.pid}`;
  const asServer = async (sql: string): Promise<void> => {
    const client = new postgres.Client({ connectionString: serverUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  try {
    await asServer(`CREATE DATABASE ${name}`);
  } catch (error) {
    throw new AbsentError(
      `no database could be made on the PostgreSQL server: ${reasonOf(error)}; SLUICE_BENCH_DATABASE_URL names another`,
    );
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, [Symbol.asyncDispose]: () => asServer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** Refused connections carry a code and no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
