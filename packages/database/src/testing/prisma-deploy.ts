import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrationNames, readMigration } from '../migrations/migration-folder.ts';
import { withSchemaEngine } from '../migrations/schema-engine.ts';

/** What "prisma migrate deploy" does with the place, by its own engine: the names of the migrations that it applied. */
export async function prismaDeploy(o: {
  readonly url: string;
  readonly migrationsDir: string;
}): Promise<readonly string[]> {
  const names = await migrationNames(o.migrationsDir);
  const migrationsList = {
    baseDir: o.migrationsDir,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(o.migrationsDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readMigration(o.migrationsDir, name) },
        },
      })),
    ),
  };
  return withSchemaEngine(o.url, async (engine) => {
    const filters = { externalTables: [], externalEnums: [] };
    return (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames;
  });
}
