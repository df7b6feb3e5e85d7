import { type Database, type EmbeddedPostgres, openDatabase, startEmbeddedPostgres } from '@sluice/database';
import type { Clock } from '@sluice/engine';
import { type FailingStore, openMessageStore } from '@sluice/runtime';

export interface Storage {
  readonly database: Database;
  /** Closed by whoever runs the engine on it. */
  readonly store: FailingStore;
  /** Closes the database and ends the PostgreSQL that was started for it. The store must be closed by then. */
  closeDatabase(): Promise<void>;
}

export interface StorageOptions {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly migrationsDir: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/**
 * Opens message store and database at the same time. If one cannot be opened, the other is closed again and the first
 * failure is thrown, the store's before the database's: it knows best that somebody else is using the folder.
 */
export async function openStorage(o: StorageOptions): Promise<Storage> {
  const [store, database] = await Promise.allSettled([
    openMessageStore({ dataDir: o.dataDir, clock: o.clock }),
    openDefinitions(o),
  ]);
  if (store.status === 'fulfilled' && database.status === 'fulfilled') {
    return { store: store.value, database: database.value.database, closeDatabase: database.value.close };
  }
  if (store.status === 'fulfilled') await store.value.close();
  if (database.status === 'fulfilled') await database.value.close();
  throw store.status === 'rejected' ? store.reason : (database as PromiseRejectedResult).reason;
}

async function openDefinitions(o: StorageOptions): Promise<{ readonly database: Database; close(): Promise<void> }> {
  let postgres: EmbeddedPostgres | undefined;
  if (o.databaseUrl === undefined) postgres = await startEmbeddedPostgres({ dataDir: o.dataDir, log: o.log });
  try {
    const database = await openDatabase({ url: o.databaseUrl ?? postgres?.url ?? '', migrationsDir: o.migrationsDir });
    return {
      database,
      async close() {
        await database.close();
        await postgres?.stop();
      },
    };
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}
