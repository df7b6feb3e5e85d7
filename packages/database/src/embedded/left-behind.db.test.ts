import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  clusterOf,
  dataFolder,
  queryRows,
  runningServer,
  startForTest,
  storePipeline,
  storedPipelines,
  urlOf,
} from '../testing/embedded-test.ts';
import { startHost } from '../testing/start-host.ts';
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

describe('what an earlier start has left', () => {
  test('a server whose host lives is left alone', async () => {
    const dataDir = await dataFolder();
    const host = startHost(dataDir);
    const url = await urlOf(host);
    const { pid } = await runningServer(dataDir);
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(DataDirInUseError);
    expect(await queryRows(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await runningServer(dataDir)).pid).toBe(pid);
    await host.end();
    expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('dead');
  });

  test('a server with other settings is ended and started anew', async () => {
    const dataDir = await dataFolder();
    const first = await startForTest(dataDir);
    const stored = await storePipeline(first.url);
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

    const next = await startForTest(dataDir);
    expect(await olderExited).toEqual([0, null]);
    expect(next.adopted).toBe(false);
    expect(await storedPipelines(next.url)).toEqual([stored]);
  });

  test('a number in postmaster.pid that belongs to another process now', async () => {
    const dataDir = await dataFolder();
    const first = await startForTest(dataDir);
    const { pid } = await runningServer(dataDir);
    const stored = await storePipeline(first.url);
    const path = postmasterFilePath(clusterOf(dataDir));
    const content = await readFile(path, 'utf8');
    await first.stop();
    const { account } = await partsOf(dataDir);
    const stranger = spawnAs(account, 'sleep', ['60']);
    onTestFinished(() => void stranger.kill());
    assert(stranger.pid !== undefined);
    await writeFile(path, content.replace(String(pid), String(stranger.pid)));

    const next = await startForTest(dataDir);
    expect(next.adopted).toBe(false);
    expect(await storedPipelines(next.url)).toEqual([stored]);
    await next.stop();
    expect(processExists(stranger.pid)).toBe(true);
    expect(stranger.exitCode).toBeNull();
  });

  test("another cluster's server is not taken for ours, and not ended", async () => {
    const dataDir = await dataFolder();
    await (await startForTest(dataDir)).stop();
    const otherDir = await dataFolder();
    await startForTest(otherDir);
    const { pid } = await runningServer(otherDir);
    await writeFile(postmasterFilePath(clusterOf(dataDir)), await readFile(postmasterFilePath(clusterOf(otherDir))));
    expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('other');
    await stopPostmaster(pid, clusterOf(dataDir));
    const next = await startForTest(dataDir);
    expect((await runningServer(dataDir)).pid).not.toBe(pid);
    expect(next.adopted).toBe(false);
    expect((await runningServer(otherDir)).pid).toBe(pid);
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
    await (await startForTest(dataDir)).stop();
    await writeFile(join(clusterOf(dataDir), 'PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/incompatible with server/);
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ code: 'embedded-postgres-failed' });
  });
});

async function partsOf(dataDir: string) {
  const binaries = await findBinaries();
  const folder = await openClusterFolder(dataDir);
  return { binaries, folder, account: await chooseAccount(folder, binaries) };
}
