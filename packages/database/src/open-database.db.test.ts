import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { DatabaseUnreachableError, DatabaseUrlInvalidError } from './database-errors.ts';
import { openDatabase } from './open-database.ts';
import { aPipeline } from './testing/a-pipeline.ts';
import { tcpProxy } from './testing/tcp-proxy.ts';
import { MIGRATIONS_DIR } from './testing/test-database.ts';
import { anyServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await anyServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (url: string) => openDatabase({ url, migrationsDir: MIGRATIONS_DIR });

test('what was stored is there when it is opened again', async () => {
  const url = await server.emptyUrl();
  const first = await open(url);
  const pipeline = await aPipeline(first);
  await first.close();
  const second = await open(url);
  onTestFinished(() => second.close());
  expect(await second.pipelines.list()).toEqual([pipeline]);
});

describe('a database that cannot be used is named with what to do, and without the password', () => {
  const cases: readonly (readonly [string, (url: URL) => void, RegExp])[] = [
    [
      'nobody listens',
      (url) => (url.port = '1'),
      /at 127\.0\.0\.1:1: nothing answers there. Start PostgreSQL, or correct DATABASE_URL/,
    ],
    [
      'the host is unknown',
      (url) => (url.hostname = 'database.invalid'),
      /host name database\.invalid cannot be resolved/,
    ],
    ['the user is unknown', (url) => (url.username = 'sluice_nobody'), /does not let in user "sluice_nobody"/],
    [
      'the database is missing',
      (url) => (url.pathname = '/sluice_missing'),
      /"sluice_missing" .* does not exist. Create it/,
    ],
  ];
  test.for(cases)('%s', async ([, spoil, message]) => {
    const url = new URL(await server.emptyUrl());
    if (url.password === '') url.password = 'hidden-password';
    const { password } = url;
    spoil(url);
    const error = await open(url.href).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseUnreachableError);
    expect(error).toMatchObject({ code: 'database-unreachable', message: expect.stringMatching(message) });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(password);
  });

  test('the address is none', async () => {
    await expect(open('localhost:5432/sluice')).rejects.toThrow(DatabaseUrlInvalidError);
  });
});

describe('when the connection is lost', () => {
  test('a running query fails as unreachable, and the next one connects anew', async () => {
    const { db, proxy } = await openThroughProxy();
    const pipeline = await aPipeline(db);
    const running = db.pipelines.list();
    proxy.cut();
    await expect(running).rejects.toThrow(DatabaseUnreachableError);
    expect(await db.pipelines.find(pipeline.id)).toEqual(pipeline);
  });

  test('and the server with it, every call and the check fail as unreachable', async () => {
    const { db, proxy } = await openThroughProxy();
    await db.check();
    await proxy[Symbol.asyncDispose]();
    await expect(db.check()).rejects.toThrow(DatabaseUnreachableError);
    await expect(db.pipelines.list()).rejects.toThrow(DatabaseUnreachableError);
    await expect(db.versions.list('x')).rejects.toThrow(DatabaseUnreachableError);
    await expect(db.secrets.put({ name: 'x', sealed: new Uint8Array(1) })).rejects.toThrow(DatabaseUnreachableError);
  });

  test('without a word, the check gives up after some seconds', async () => {
    const { db, proxy } = await openThroughProxy();
    proxy.swallow();
    await expect(db.check()).rejects.toThrow(DatabaseUnreachableError);
    proxy.cut();
  });
});

async function openThroughProxy() {
  const url = new URL(await server.emptyUrl());
  const proxy = await tcpProxy(Number(url.port));
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  url.port = String(proxy.port);
  const db = await open(url.href);
  onTestFinished(() => db.close());
  return { db, proxy };
}
