// What the tests of the built-in PostgreSQL have in common.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { readPostmasterFile } from '../embedded/postmaster-pid.ts';
import { startEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';
import { openDatabase } from '../open-database.ts';
import { aPipeline } from './a-pipeline.ts';
import type { Host } from './start-host.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { MIGRATIONS_DIR } from './test-database.ts';

/** A data folder that does not exist yet; gone after the test. */
export async function dataFolder(): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return join(folder.path, 'data');
}

export async function startForTest(dataDir: string) {
  const postgres = await startEmbeddedPostgres({ dataDir });
  onTestFinished(() => postgres.stop());
  return postgres;
}

export const clusterOf = (dataDir: string) => join(dataDir, 'postgres', 'cluster');

export async function runningServer(dataDir: string) {
  const file = await readPostmasterFile(clusterOf(dataDir));
  assert(file !== undefined, 'a server runs');
  return file;
}

export async function urlOf(host: Host): Promise<string> {
  const outcome = await host.outcome();
  assert('url' in outcome, JSON.stringify(outcome));
  return outcome.url;
}

export async function storePipeline(url: string) {
  const db = await openDatabase({ url, migrationsDir: MIGRATIONS_DIR });
  const pipeline = await aPipeline(db);
  await db.close();
  return pipeline;
}

export async function storedPipelines(url: string) {
  const db = await openDatabase({ url, migrationsDir: MIGRATIONS_DIR });
  const pipelines = await db.pipelines.list();
  await db.close();
  return pipelines;
}

export async function queryRows(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
