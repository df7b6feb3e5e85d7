import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@sluice/database';

/** One PostgreSQL for many servers, each in a schema of its own. It saves the time of making a cluster for each. */
export interface SharedDatabase extends AsyncDisposable {
  /** URL of a new, empty schema. */
  emptyUrl(): string;
}

export async function startSharedDatabase(): Promise<SharedDatabase> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sluice-faults-database-'));
  const postgres = await startEmbeddedPostgres({ dataDir });
  return {
    emptyUrl: () => `${postgres.url}?schema=faults_${randomUUID().replaceAll('-', '')}`,
    async [Symbol.asyncDispose]() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
