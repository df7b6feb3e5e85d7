import type { Database } from 'lmdb';
import { type DatabaseFile, openDatabaseFile } from './database-file.ts';

/** The two databases of a message store (see `keys.ts`). */
export interface Environment extends Omit<DatabaseFile<never>, 'databases'> {
  readonly index: Database<string, Uint8Array>;
  readonly messages: Database<string, Uint8Array>;
}

export function openEnvironment(path: string): Environment {
  const { databases, ...file } = openDatabaseFile(path, ['index', 'messages']);
  return { ...databases, ...file };
}
