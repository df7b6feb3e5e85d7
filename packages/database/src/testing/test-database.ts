import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import type { Database } from '../database.ts';
import { openDatabase } from '../open-database.ts';
import { anyServer, type TestServer } from './test-server.ts';

export const MIGRATIONS_DIR = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));

/** An empty database for the tests of one file, closed and gone after them. Call it at the top of the file. */
export function testDatabase(): { readonly db: Database; readonly url: string } {
  let server: TestServer;
  let db: Database;
  let url: string;
  beforeAll(async () => {
    server = await anyServer();
    url = await server.emptyUrl();
    db = await openDatabase({ url, migrationsDir: MIGRATIONS_DIR });
  });
  afterAll(async () => {
    await db.close();
    await server[Symbol.asyncDispose]();
  });
  return {
    get db() {
      return db;
    },
    get url() {
      return url;
    },
  };
}
