import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  clusterOf,
  dataFolder,
  queryRows,
  runningServer,
  startForTest,
  storePipeline,
  storedPipelines,
} from '../testing/embedded-test.ts';
import { startHost } from '../testing/start-host.ts';
import { DataDirInUseError } from './embedded-errors.ts';
import { inspectProcess } from './postmaster-process.ts';
import { startEmbeddedPostgres } from './start-embedded-postgres.ts';

describe('the first start', () => {
  test('makes a durable database for its owner alone', async () => {
    const dataDir = await dataFolder();
    const postgres = await startForTest(dataDir);
    const rows = await queryRows(
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
    const postgres = await startForTest(await dataFolder());
    for (const user of ['sluice', 'postgres']) {
      const url = new URL(postgres.url);
      url.username = user;
      url.password = 'guess';
      await expect(queryRows(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
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
    expect(await queryRows(won[0]?.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('killed half-way leaves nothing in the way of the next', async () => {
    const dataDir = await dataFolder();
    const host = startHost(dataDir);
    await vi.waitFor(async () => expect(await stagingOf(dataDir)).toContain('cluster'), {
      timeout: 10_000,
      interval: 2,
    });
    await host.kill();
    const postgres = await startForTest(dataDir);
    expect(await queryRows(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(dataDir)).toEqual(['postgres']);
  });
});

describe('stopping', () => {
  test('ends the server and keeps the data for the next start', async () => {
    const dataDir = await dataFolder();
    const first = await startForTest(dataDir);
    const stored = await storePipeline(first.url);
    const { pid } = await runningServer(dataDir);
    await first.stop();
    await first.stop();
    await vi.waitFor(async () => expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('dead'), {
      timeout: 10_000,
    });
    const second = await startForTest(dataDir);
    expect(second.adopted).toBe(false);
    expect(await storedPipelines(second.url)).toEqual([stored]);
  });

  test('is no trouble when the server was killed meanwhile', async () => {
    const dataDir = await dataFolder();
    const postgres = await startForTest(dataDir);
    const { pid } = await runningServer(dataDir);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('dead'), {
      timeout: 5_000,
    });
    await postgres.stop();
    expect((await startForTest(dataDir)).adopted).toBe(false);
  });

  test('does not wait for a client that stays', async () => {
    const postgres = await startForTest(await dataFolder());
    const client = new pg.Client(postgres.url);
    const ended = new Promise((resolve) => client.once('end', resolve));
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await postgres.stop();
    await ended;
    await expect(queryRows(postgres.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

async function stagingOf(dataDir: string): Promise<readonly string[]> {
  const name = (await readdir(dataDir)).find((one) => one.startsWith('postgres.new-'));
  return name === undefined ? [] : readdir(join(dataDir, name));
}
