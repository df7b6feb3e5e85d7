import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../open-database.ts';
import { aPipeline } from '../testing/a-pipeline.ts';
import { type Host, startHost } from '../testing/start-host.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { MIGRATIONS_DIR } from '../testing/test-database.ts';
import { chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { openClusterFolder } from './cluster-folder.ts';
import { DataDirInUseError, EmbeddedPostgresError } from './embedded-errors.ts';
import { postmasterFilePath, readPostmasterFile } from './postmaster-pid.ts';
import { inspectProcess, processExists } from './postmaster-process.ts';
import { postgresArguments } from './postgres-settings.ts';
import { spawnAs } from './spawn-as.ts';
import { startEmbeddedPostgres } from './start-embedded-postgres.ts';
import { stopPostmaster } from './stop-postmaster.ts';

const isRoot = process.getuid?.() === 0;

describe('the first start', () => {
  test('makes a durable database for its owner alone', async () => {
    const dataDir = await dataFolder();
    const postgres = await start(dataDir);
    const rows = await query(
      postgres.url,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('full_page_writes') AS pages,
        current_setting('listen_addresses') AS addresses, current_setting('server_encoding') AS encoding, rolsuper AS super
        FROM pg_roles WHERE rolname = current_user`,
    );
    expect(rows).toEqual([
      { fsync: 'on', commit: 'on', pages: 'on', addresses: '127.0.0.1', encoding: 'UTF8', super: false },
    ]);
    expect(postgres.adopted).toBe(false);
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['postgres']);
  });

  test('turns away who does not know the password, also by way of the superuser', async () => {
    const postgres = await start(await dataFolder());
    for (const user of ['sluice', 'postgres']) {
      const url = new URL(postgres.url);
      url.username = user;
      url.password = 'guess';
      await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    }
  });

  test('by two at the same moment is won by one, and the other is told', async () => {
    const dataDir = await dataFolder();
    const starts = await Promise.allSettled([startEmbeddedPostgres({ dataDir }), startEmbeddedPostgres({ dataDir })]);
    const won = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    onTestFinished(async () => {
      for (const postgres of won) await postgres.stop();
    });
    expect(won).toHaveLength(1);
    expect(starts.find((one) => one.status === 'rejected')?.reason).toBeInstanceOf(DataDirInUseError);
    expect(await query(won[0]?.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('killed half-way leaves nothing in the way of the next', async () => {
    const dataDir = await dataFolder();
    const host = startHost(dataDir);
    await vi.waitFor(async () => expect(await stagingOf(dataDir)).toContain('cluster'), {
      timeout: 10_000,
      interval: 2,
    });
    await host.kill();
    const postgres = await start(dataDir);
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(dataDir)).toEqual(['postgres']);
  });
});

describe('stopping', () => {
  test('ends the server and keeps the data for the next start', async () => {
    const dataDir = await dataFolder();
    const first = await start(dataDir);
    const stored = await store(first.url);
    const { pid } = await server(dataDir);
    await first.stop();
    await first.stop();
    expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('dead');
    const second = await start(dataDir);
    expect(second.adopted).toBe(false);
    expect(await storedIn(second.url)).toEqual([stored]);
  });

  test('is no trouble when the server was killed meanwhile', async () => {
    const dataDir = await dataFolder();
    const postgres = await start(dataDir);
    const { pid } = await server(dataDir);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('dead'), {
      timeout: 5_000,
    });
    await postgres.stop();
    expect((await start(dataDir)).adopted).toBe(false);
  });

  test('does not wait for a client that stays', async () => {
    const postgres = await start(await dataFolder());
    const client = new pg.Client(postgres.url);
    const ended = new Promise((resolve) => client.once('end', resolve));
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await postgres.stop();
    await ended;
    await expect(query(postgres.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('after kill -9', () => {
  test('of its host, the server is adopted with all its data', async () => {
    const dataDir = await dataFolder();
    const host = startHost(dataDir);
    const stored = await store(await urlOf(host));
    const { pid } = await server(dataDir);
    await host.kill();
    const next = await start(dataDir);
    expect(next.adopted).toBe(true);
    expect((await server(dataDir)).pid).toBe(pid);
    expect(await storedIn(next.url)).toEqual([stored]);
    await next.stop();
    expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('dead');
  });

  test('of host and server, all that was committed is recovered', async () => {
    const dataDir = await dataFolder();
    const host = startHost(dataDir);
    const stored = await store(await urlOf(host));
    const { pid } = await server(dataDir);
    await host.kill();
    process.kill(pid, 'SIGKILL');
    const next = await start(dataDir);
    expect(next.adopted).toBe(false);
    expect(await storedIn(next.url)).toEqual([stored]);
  });

  test('again and again in the middle of writing, nothing that was confirmed is lost', async () => {
    const dataDir = await dataFolder();
    const confirmed: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const host = startHost(dataDir);
      const db = await openDatabase({ url: await urlOf(host), migrationsDir: MIGRATIONS_DIR });
      const { pid } = await server(dataDir);
      const writing = (async () => {
        for (;;) confirmed.push((await aPipeline(db)).id);
      })();
      const before = confirmed.length;
      await vi.waitFor(() => expect(confirmed.length).toBeGreaterThan(before + 20), { timeout: 15_000, interval: 1 });
      await host.kill();
      process.kill(pid, 'SIGKILL');
      await expect(writing).rejects.toMatchObject({ code: 'database-unreachable' });
      await db.close();
    }
    const found = new Set((await storedIn((await start(dataDir)).url)).map(({ id }) => id));
    expect(confirmed.filter((id) => !found.has(id))).toEqual([]);
  }, 60_000);
});

describe('what an earlier start has left', () => {
  test('a server whose host lives is left alone', async () => {
    const dataDir = await dataFolder();
    const host = startHost(dataDir);
    const url = await urlOf(host);
    const { pid } = await server(dataDir);
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(DataDirInUseError);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await server(dataDir)).pid).toBe(pid);
    await host.end();
    expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('dead');
  });

  test('a server with other settings is ended and started anew', async () => {
    const dataDir = await dataFolder();
    const first = await start(dataDir);
    const stored = await store(first.url);
    await first.stop();
    const { account, binaries, folder } = await partsOf(dataDir);
    const older = spawnAs(account, binaries.postgres, [
      ...postgresArguments(folder.cluster, Number(new URL(first.url).port)),
      '-c',
      'work_mem=8MB',
    ]);
    const olderExited = once(older, 'exit');
    await vi.waitFor(async () => expect(await readPostmasterFile(folder.cluster)).toMatchObject({ status: 'ready' }), {
      timeout: 10_000,
      interval: 5,
    });

    const next = await start(dataDir);
    expect(await olderExited).toEqual([0, null]);
    expect(next.adopted).toBe(false);
    expect(await storedIn(next.url)).toEqual([stored]);
  });

  test('a number in postmaster.pid that belongs to another process now', async () => {
    const dataDir = await dataFolder();
    const first = await start(dataDir);
    const { pid } = await server(dataDir);
    const stored = await store(first.url);
    const path = postmasterFilePath(clusterOf(dataDir));
    const content = await readFile(path, 'utf8');
    await first.stop();
    const { account } = await partsOf(dataDir);
    const stranger = spawnAs(account, 'sleep', ['60']);
    onTestFinished(() => void stranger.kill());
    assert(stranger.pid !== undefined);
    await writeFile(path, content.replace(String(pid), String(stranger.pid)));

    const next = await start(dataDir);
    expect(next.adopted).toBe(false);
    expect(await storedIn(next.url)).toEqual([stored]);
    await next.stop();
    expect(processExists(stranger.pid)).toBe(true);
    expect(stranger.exitCode).toBeNull();
  });

  test("another cluster's server is not taken for ours, and not ended", async () => {
    const dataDir = await dataFolder();
    await (await start(dataDir)).stop();
    const otherDir = await dataFolder();
    await start(otherDir);
    const { pid } = await server(otherDir);
    await writeFile(postmasterFilePath(clusterOf(dataDir)), await readFile(postmasterFilePath(clusterOf(otherDir))));
    expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('other');
    await stopPostmaster(pid, clusterOf(dataDir));
    const next = await start(dataDir);
    expect((await server(dataDir)).pid).not.toBe(pid);
    expect(next.adopted).toBe(false);
    expect((await server(otherDir)).pid).toBe(pid);
    expect(await inspectProcess(pid, clusterOf(otherDir))).toBe('ours');
  });

  test('a folder that is not whole is named and left alone', async () => {
    const dataDir = await dataFolder();
    await mkdir(join(dataDir, 'postgres', 'cluster'), { recursive: true });
    await writeFile(join(dataDir, 'postgres', 'cluster', 'precious'), 'kept');
    const failed = startEmbeddedPostgres({ dataDir });
    await expect(failed).rejects.toThrow(EmbeddedPostgresError);
    await expect(failed).rejects.toThrow('not a whole database folder');
    expect(await readFile(join(dataDir, 'postgres', 'cluster', 'precious'), 'utf8')).toBe('kept');
  });

  test('a cluster of another PostgreSQL is named in its own words', async () => {
    const dataDir = await dataFolder();
    await (await start(dataDir)).stop();
    await writeFile(join(clusterOf(dataDir), 'PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/incompatible with server/);
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ code: 'embedded-postgres-failed' });
  });
});

describe.skipIf(!isRoot)('as root', () => {
  test('PostgreSQL runs as another user, and the data folder stays closed to all but its group', async () => {
    const dataDir = await dataFolder();
    await start(dataDir);
    const { pid } = await server(dataDir);
    const uid = (await stat(`/proc/${pid}`)).uid;
    expect(uid).not.toBe(0);
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(uid);
    expect(await stat(dataDir)).toMatchObject({ uid: 0, mode: 0o40710 });
  });

  test('it reaches a data folder inside one that is closed to other users, like /root', async () => {
    const outer = await dataFolder();
    await mkdir(outer, { mode: 0o700 });
    const dataDir = join(await mkdtemp(join(outer, 'closed-')), 'data');
    const stored = await store((await start(dataDir)).url);
    expect(await stat(outer)).toMatchObject({ uid: 0, mode: 0o40700 });
    const { pid } = await server(dataDir);
    process.kill(pid, 'SIGKILL');
    expect(await storedIn((await start(dataDir)).url)).toEqual([stored]);
  });

  test('it runs from a folder that root has restored as its own', async () => {
    const dataDir = await dataFolder();
    const first = await start(dataDir);
    const stored = await store(first.url);
    await first.stop();
    const restore = spawnAs({ kind: 'self' }, 'chown', ['-R', '0:0', join(dataDir, 'postgres')]);
    expect(await once(restore, 'exit')).toEqual([0, null]);
    expect(await storedIn((await start(dataDir)).url)).toEqual([stored]);
  });
});

/** A data folder that does not exist yet; gone after the test. */
async function dataFolder(): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return join(folder.path, 'data');
}

async function start(dataDir: string) {
  const postgres = await startEmbeddedPostgres({ dataDir });
  onTestFinished(() => postgres.stop());
  return postgres;
}

const clusterOf = (dataDir: string) => join(dataDir, 'postgres', 'cluster');

async function server(dataDir: string) {
  const file = await readPostmasterFile(clusterOf(dataDir));
  assert(file !== undefined, 'a server runs');
  return file;
}

async function stagingOf(dataDir: string): Promise<readonly string[]> {
  const name = (await readdir(dataDir)).find((one) => one.startsWith('postgres.new-'));
  return name === undefined ? [] : readdir(join(dataDir, name));
}

async function partsOf(dataDir: string) {
  const binaries = await findBinaries();
  const folder = await openClusterFolder(dataDir);
  return { binaries, folder, account: await chooseAccount(folder, binaries) };
}

async function urlOf(host: Host): Promise<string> {
  const outcome = await host.outcome();
  assert('url' in outcome, JSON.stringify(outcome));
  return outcome.url;
}

async function store(url: string) {
  const db = await openDatabase({ url, migrationsDir: MIGRATIONS_DIR });
  const pipeline = await aPipeline(db);
  await db.close();
  return pipeline;
}

async function storedIn(url: string) {
  const db = await openDatabase({ url, migrationsDir: MIGRATIONS_DIR });
  const pipelines = await db.pipelines.list();
  await db.close();
  return pipelines;
}

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
