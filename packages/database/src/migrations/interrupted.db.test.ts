import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectPool } from '../connect-pool.ts';
import { MigrationFailedError } from '../database-errors.ts';
import { prismaDeploy } from '../testing/prisma-deploy.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { MIGRATIONS_DIR } from '../testing/test-database.ts';
import { anyServer, type TestServer } from '../testing/test-server.ts';
import { compareSchema } from './compare-schema.ts';
import { migrate } from './migrate.ts';
import { migrationNames, readMigration } from './migration-folder.ts';

const SCHEMA = await readFile(fileURLToPath(new URL('../../../../prisma/schema.prisma', import.meta.url)), 'utf8');
const names = await migrationNames(MIGRATIONS_DIR);
const first = names[0] ?? expect.unreachable('there are migrations');
const firstScript = await readMigration(MIGRATIONS_DIR, first);

let server: TestServer;
beforeAll(async () => {
  server = await anyServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('after a migration Prisma finds nothing to do, and its table as its own engine makes it', async () => {
  const [ours, theirs] = [await emptyPlace(), await emptyPlace()];
  await migrate({ ...ours, migrationsDir: MIGRATIONS_DIR });
  expect(await prismaDeploy({ url: ours.url, migrationsDir: MIGRATIONS_DIR })).toEqual([]);
  expect(await prismaDeploy({ url: theirs.url, migrationsDir: MIGRATIONS_DIR })).toEqual(names);
  expect(await columnsOfRecord(ours.pool)).toEqual(await columnsOfRecord(theirs.pool));
});

test('a process killed within the first migration leaves nothing, and the next start applies it', async () => {
  const { pool, url } = await emptyPlace();
  const waiting = await waitingFolder();
  const letGo = await holdUp(pool);
  const program = fileURLToPath(new URL('../testing/migrating-process.ts', import.meta.url));
  const killed = spawn(process.execPath, [program, url, waiting], { stdio: ['ignore', 'inherit', 'inherit'] });
  const exited = once(killed, 'exit');
  onTestFinished(() => void killed.kill('SIGKILL'));
  await heldUp(pool);
  killed.kill('SIGKILL');
  await exited;
  // The next start comes while PostgreSQL still runs the script of the killed one.
  const next = migrate({ pool, url, migrationsDir: waiting });
  await letGo();
  await next;
  await expectWhole({ pool, url });
});

test('a connection lost within a later migration leaves the earlier ones, and the next start goes on', async () => {
  const { pool, url } = await emptyPlace();
  await migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
  await pool.query(`INSERT INTO "Setting" VALUES ('kept', '1', now())`);
  const migrationsDir = await waitingFolder('20990101000000_later', 'CREATE TABLE "Later" (id int);');
  const letGo = await holdUp(pool);
  const cut = expect(migrate({ pool, url, migrationsDir })).rejects.toThrow(MigrationFailedError);
  await pool.query('SELECT pg_terminate_backend($1)', [await heldUp(pool)]);
  await cut;
  await letGo();
  expect((await pool.query(`SELECT to_regclass('"Later"') AS later`)).rows).toEqual([{ later: null }]);
  await migrate({ pool, url, migrationsDir });
  expect((await pool.query('SELECT FROM "Later"')).rows).toEqual([]);
  expect((await pool.query('SELECT key FROM "Setting"')).rows).toEqual([{ key: 'kept' }]);
});

describe('what an earlier version left when it was killed at its first start', () => {
  test.each([
    { left: 'a record without rows', begun: false, sql: '' },
    { left: 'a first migration begun, and none of its tables', begun: true, sql: '' },
    { left: 'a first migration begun, and some of its tables', begun: true, sql: someOf(firstScript) },
    { left: 'a first migration begun, and all of its tables', begun: true, sql: firstScript },
  ])('is taken back and made anew: $left', async ({ begun, sql }) => {
    const { pool, url } = await halfMade({ begun, sql });
    await migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
    await expectWhole({ pool, url });
    expect(await prismaDeploy({ url, migrationsDir: MIGRATIONS_DIR })).toEqual([]);
    // And once more, as the start after that.
    await migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
    await expectWhole({ pool, url });
  });

  test('is taken back once by several that start together', async () => {
    const { pool, url } = await halfMade({ begun: true, sql: firstScript });
    await Promise.all(Array.from({ length: 3 }, () => migrate({ pool, url, migrationsDir: MIGRATIONS_DIR })));
    await expectWhole({ pool, url });
  });

  test.each([
    { but: 'a table holds a row', sql: `INSERT INTO "Setting" VALUES ('theirs', '1', now());` },
    { but: 'something else depends on a table', sql: 'CREATE VIEW "Theirs" AS SELECT key FROM "Setting";' },
    {
      but: 'a migration has finished',
      sql: `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '${first}', now());`,
    },
    {
      but: 'it is not the first migration',
      sql: `UPDATE _prisma_migrations SET migration_name = '20990101000000_later';`,
    },
  ])('is left alone and named if $but', async ({ sql }) => {
    const { pool, url } = await halfMade({ begun: true, sql: `${firstScript};${sql}` });
    const before = await everything(pool);
    const refused = migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
    await expect(refused).rejects.toThrow(MigrationFailedError);
    await expect(refused).rejects.toThrow('was begun and did not finish');
    expect(await everything(pool)).toEqual(before);
  });

  test("keeps a neighbour's tables", async () => {
    const { pool, url } = await halfMade({
      begun: true,
      sql: `${firstScript}; CREATE TABLE "Theirs" AS SELECT 7 AS id`,
    });
    await migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
    expect((await pool.query('SELECT id FROM "Theirs"')).rows).toEqual([{ id: 7 }]);
  });
});

interface Place {
  readonly url: string;
  readonly pool: pg.Pool;
}

async function emptyPlace(): Promise<Place> {
  const url = await server.emptyUrl();
  const pool = await connectPool(url);
  onTestFinished(() => pool.end());
  return { url, pool };
}

/** As Prisma's engine leaves a place: it makes its table, notes the beginning, and then runs the script. */
async function halfMade({ begun, sql }: { readonly begun: boolean; readonly sql: string }): Promise<Place> {
  const place = await emptyPlace();
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  await cp(join(MIGRATIONS_DIR, 'migration_lock.toml'), join(folder.path, 'migration_lock.toml'));
  await prismaDeploy({ url: place.url, migrationsDir: folder.path });
  if (begun)
    await place.pool.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('begun', 'x', $1)`, [
      first,
    ]);
  await place.pool.query(sql);
  return place;
}

/** The script up to and with its second table. */
function someOf(script: string): string {
  return script.slice(0, script.indexOf('CREATE TABLE "Deployment"'));
}

const HELD_UP = 4217;

/** The real migrations, of which the first, or one more after them, waits in its middle until it is let go. */
async function waitingFolder(name = first, script = firstScript): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  await cp(MIGRATIONS_DIR, folder.path, { recursive: true });
  await cp(join(MIGRATIONS_DIR, first), join(folder.path, name), { recursive: true });
  await writeFile(join(folder.path, name, 'migration.sql'), `${script}\nSELECT pg_advisory_xact_lock(${HELD_UP});`);
  return folder.path;
}

async function holdUp(pool: pg.Pool): Promise<() => Promise<void>> {
  const client = await pool.connect();
  await client.query('SELECT pg_advisory_lock($1)', [HELD_UP]);
  return async () => {
    await client.query('SELECT pg_advisory_unlock($1)', [HELD_UP]);
    client.release();
  };
}

/** Resolves with the process id of the connection that waits. */
async function heldUp(pool: pg.Pool): Promise<number> {
  return vi.waitFor(
    async () => {
      const { rows } = await pool.query<{ pid: number }>(
        `SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
         WHERE locktype = 'advisory' AND objid = $1 AND NOT granted AND datname = current_database()`,
        [HELD_UP],
      );
      return rows[0]?.pid ?? expect.unreachable('nobody waits yet');
    },
    { timeout: 15_000, interval: 20 },
  );
}

async function expectWhole({ pool, url }: Place): Promise<void> {
  const { rows } = await pool.query(
    `SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY started_at`,
  );
  expect(rows.map((row) => row.migration_name)).toEqual(names);
  const open = await pool.query('SELECT FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL');
  expect(open.rows).toEqual([]);
  expect(await compareSchema({ url, schema: SCHEMA })).toBe('');
}

async function columnsOfRecord(pool: pg.Pool): Promise<readonly unknown[]> {
  const { rows } = await pool.query(
    `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
     FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = '_prisma_migrations' ORDER BY ordinal_position`,
  );
  return rows;
}

async function everything(pool: pg.Pool): Promise<readonly unknown[]> {
  const objects = await pool.query(
    `SELECT oid, relname, relkind FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) ORDER BY oid`,
  );
  const record = await pool.query('SELECT * FROM _prisma_migrations ORDER BY id');
  const settings = await pool.query('SELECT * FROM "Setting"');
  return [...objects.rows, ...record.rows, ...settings.rows];
}
