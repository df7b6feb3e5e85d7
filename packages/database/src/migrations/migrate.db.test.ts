import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connectPool } from '../connect-pool.ts';
import { DatabaseNewerError, DatabaseNotEmptyError, MigrationFailedError } from '../database-errors.ts';
import { openDatabase } from '../open-database.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { MIGRATIONS_DIR } from '../testing/test-database.ts';
import { builtInServer, outsideServer, outsideServerRuns, type TestServer } from '../testing/test-server.ts';
import { compareSchema } from './compare-schema.ts';
import { migrationNames } from './migration-folder.ts';
import { migrate } from './migrate.ts';

const SCHEMA = await readFile(fileURLToPath(new URL('../../../../prisma/schema.prisma', import.meta.url)), 'utf8');
const names = await migrationNames(MIGRATIONS_DIR);
const outside = await outsideServerRuns();

describe.each([
  { kind: 'the built-in PostgreSQL', create: builtInServer, absent: false },
  { kind: 'a PostgreSQL on 127.0.0.1:5432', create: outsideServer, absent: !outside },
])('on $kind', ({ create, absent }) => {
  let server: TestServer;
  beforeAll(async () => {
    if (!absent) server = await create();
  });
  afterAll(async () => {
    if (!absent) await server[Symbol.asyncDispose]();
  });

  describe.skipIf(absent)('migrating', () => {
    test('an empty place makes it what the schema says', async () => {
      const { pool, url } = await emptyPlace(server);
      await migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
      expect(await compareSchema({ url, schema: SCHEMA })).toBe('');
    });

    test('leaves a difference to be seen when the schema has moved on', async () => {
      const { pool, url } = await emptyPlace(server);
      await migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
      const schema = SCHEMA.replace(/(model Secret \{)/, '$1\n  hint String?');
      expect(await compareSchema({ url, schema })).toContain('ADD COLUMN     "hint" TEXT');
    });

    test("keeps Prisma's own record, so that its command line agrees", async () => {
      const { pool, url } = await emptyPlace(server);
      await migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
      expect(await record(pool)).toEqual(
        await Promise.all(
          names.map(async (name) => ({
            migration_name: name,
            checksum: createHash('sha256')
              .update(await readFile(join(MIGRATIONS_DIR, name, 'migration.sql')))
              .digest('hex'),
            finished: true,
            rolled_back_at: null,
            applied_steps_count: 1,
          })),
        ),
      );
    });

    test('leaves no lock behind that would keep others from migrating', async () => {
      const { pool, url } = await emptyPlace(server);
      await migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
      const { rows } = await pool.query(
        `SELECT pid FROM pg_locks JOIN pg_database ON oid = database WHERE locktype = 'advisory' AND datname = current_database()`,
      );
      expect(rows).toEqual([]);
    });

    test('from several processes at once applies each migration once', async () => {
      const { pool, url } = await emptyPlace(server);
      const opened = await Promise.all(
        Array.from({ length: 4 }, () => openDatabase({ url, migrationsDir: MIGRATIONS_DIR })),
      );
      await Promise.all(opened.map((db) => db.close()));
      expect((await record(pool)).map((row) => row.migration_name)).toEqual(names);
    });

    test('applies what has been added since, and a later start finds nothing to do', async () => {
      const { pool, url } = await emptyPlace(server);
      const migrationsDir = await migrationsAnd({});
      await migrate({ pool, url, migrationsDir });
      await addMigration(migrationsDir, '20990101000000_more', 'CREATE TABLE "More" (id int);');
      await migrate({ pool, url, migrationsDir });
      const applied = await record(pool);
      await migrate({ pool, url, migrationsDir });
      expect(applied.map((row) => row.migration_name)).toEqual([...names, '20990101000000_more']);
      expect(await record(pool)).toEqual(applied);
    });

    test('takes a script whole, with semicolons in comments, strings and functions', async () => {
      const { pool, url } = await emptyPlace(server);
      const migrationsDir = await migrationsAnd({
        '20990101000000_semicolons': `
          -- Why: one thing; and another
          CREATE TABLE "Semi" (text text DEFAULT 'a;b');
          CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 2; END $$;
          INSERT INTO "Semi" DEFAULT VALUES;`,
      });
      await migrate({ pool, url, migrationsDir });
      const { rows } = await pool.query('SELECT text, two() AS two FROM "Semi"');
      expect(rows).toEqual([{ text: 'a;b', two: 2 }]);
    });

    test('that fails leaves nothing of the migration, names it now and at the next start', async () => {
      const { pool, url } = await emptyPlace(server);
      const migrationsDir = await migrationsAnd({
        '20990101000000_broken': 'CREATE TABLE "Half" (id int); SELECT no_such_function();',
      });
      const first = migrate({ pool, url, migrationsDir });
      await expect(first).rejects.toThrow(MigrationFailedError);
      await expect(first).rejects.toThrow('no_such_function');
      expect((await pool.query(`SELECT to_regclass('"Half"') AS half`)).rows).toEqual([{ half: null }]);
      await expect(migrate({ pool, url, migrationsDir })).rejects.toThrow('20990101000000_broken');
    });

    test('a place that a later version has migrated is refused and left alone', async () => {
      const { pool, url } = await emptyPlace(server);
      const later = await migrationsAnd({ '20990101000000_later': 'CREATE TABLE "Later" (id int);' });
      await migrate({ pool, url, migrationsDir: later });
      const before = await record(pool);
      const older = migrate({ pool, url, migrationsDir: MIGRATIONS_DIR });
      await expect(older).rejects.toThrow(DatabaseNewerError);
      await expect(older).rejects.toThrow('20990101000000_later');
      expect(await record(pool)).toEqual(before);
    });

    test("a place with somebody else's tables is refused and left alone", async () => {
      const { pool, url } = await emptyPlace(server);
      await pool.query('CREATE TABLE "Theirs" (id int)');
      await expect(migrate({ pool, url, migrationsDir: MIGRATIONS_DIR })).rejects.toThrow(DatabaseNotEmptyError);
      const { rows } = await pool.query(`SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`);
      expect(rows).toEqual([{ tablename: 'Theirs' }]);
    });

    test('into a schema of its own leaves its neighbours alone', async () => {
      const { pool, url } = await emptyPlace(server);
      await pool.query('CREATE TABLE "Pipeline" (theirs int)');
      const own = new URL(url);
      own.searchParams.set('schema', 'Sluice \\s own');
      const db = await openDatabase({ url: own.href, migrationsDir: MIGRATIONS_DIR });
      onTestFinished(() => db.close());
      expect(await db.pipelines.list()).toEqual([]);
      expect((await pool.query('SELECT theirs FROM "Pipeline"')).rows).toEqual([]);
      const { rows } = await pool.query(
        `SELECT tablename FROM pg_tables WHERE schemaname = 'Sluice \\s own' ORDER BY 1`,
      );
      expect(rows.map(({ tablename }) => tablename)).toEqual([
        'Deployment',
        'Pipeline',
        'Secret',
        'Setting',
        'Version',
        '_prisma_migrations',
      ]);
    });
  });
});

async function emptyPlace(server: TestServer) {
  const url = await server.emptyUrl();
  const pool = await connectPool(url);
  onTestFinished(() => pool.end());
  return { url, pool };
}

/** The real migrations and more, in a folder of their own. */
async function migrationsAnd(more: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const migrationsDir = join(folder.path, 'migrations');
  await cp(MIGRATIONS_DIR, migrationsDir, { recursive: true });
  for (const [name, sql] of Object.entries(more)) await addMigration(migrationsDir, name, sql);
  return migrationsDir;
}

async function addMigration(migrationsDir: string, name: string, sql: string): Promise<void> {
  await mkdir(join(migrationsDir, name));
  await writeFile(join(migrationsDir, name, 'migration.sql'), sql);
}

async function record(pool: pg.Pool) {
  const { rows } = await pool.query(
    'SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at, applied_steps_count FROM _prisma_migrations ORDER BY started_at',
  );
  return rows;
}
