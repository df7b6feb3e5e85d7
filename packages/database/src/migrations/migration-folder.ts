import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of the migrations in the folder, in the order in which they are applied. */
export async function migrationNames(migrationsDir: string): Promise<readonly string[]> {
  const entries = await readdir(migrationsDir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** The SQL of one of them. */
export async function readMigration(migrationsDir: string, name: string): Promise<string> {
  return readFile(join(migrationsDir, name, 'migration.sql'), 'utf8');
}
