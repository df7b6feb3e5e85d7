// Writes the next folder of prisma/migrations: what brings a database with all earlier ones to prisma/schema.prisma.
// Works without a network and touches no database but its own, which lives in a temporary folder.
// Usage: pnpm --filter @sluice/database run migration:new -- NAME
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '../src/embedded/start-embedded-postgres.ts';
import { compareSchema } from '../src/migrations/compare-schema.ts';
import { openDatabase } from '../src/open-database.ts';

const prismaDir = fileURLToPath(new URL('../../../prisma', import.meta.url));
const migrationsDir = join(prismaDir, 'migrations');

const name = process.argv.slice(2).find((argument) => argument !== '--');
if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Give the migration a name of lower-case letters, digits and _, such as add_share_links.');
  process.exit(2);
}

const sql = await difference();
if (sql === '') {
  console.log('The migrations and prisma/schema.prisma already agree. Nothing to write.');
} else {
  const folder = join(migrationsDir, `${timestamp(new Date())}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), `-- Why: \n\n${sql}\n`);
  console.log(`Wrote ${folder}/migration.sql. Say why in its first line, and check that it keeps existing rows.`);
}

async function difference(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-migration-'));
  try {
    const postgres = await startEmbeddedPostgres({ dataDir });
    try {
      const { url } = postgres;
      await (await openDatabase({ url, migrationsDir })).close();
      return await compareSchema({ url, schema: await readFile(join(prismaDir, 'schema.prisma'), 'utf8') });
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** As Prisma does it: 20261123091500. */
function timestamp(now: Date): string {
  return now.toISOString().replaceAll(/\D/g, '').slice(0, 14);
}
