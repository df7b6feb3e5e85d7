import { describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../open-database.ts';
import { aPipeline } from '../testing/a-pipeline.ts';
import {
  clusterOf,
  dataFolder,
  runningServer,
  startForTest,
  storePipeline,
  storedPipelines,
  urlOf,
} from '../testing/embedded-test.ts';
import { startHost } from '../testing/start-host.ts';
import { MIGRATIONS_DIR } from '../testing/test-database.ts';
import { inspectProcess } from './postmaster-process.ts';

describe('after kill -9', () => {
  test('of its host, the server is adopted with all its data', async () => {
    const dataDir = await dataFolder();
    const host = startHost(dataDir);
    const stored = await storePipeline(await urlOf(host));
    const { pid } = await runningServer(dataDir);
    await host.kill();
    const next = await startForTest(dataDir);
    expect(next.adopted).toBe(true);
    expect((await runningServer(dataDir)).pid).toBe(pid);
    expect(await storedPipelines(next.url)).toEqual([stored]);
    await next.stop();
    expect(await inspectProcess(pid, clusterOf(dataDir))).toBe('dead');
  });

  test('of host and server, all that was committed is recovered', async () => {
    const dataDir = await dataFolder();
    const host = startHost(dataDir);
    const stored = await storePipeline(await urlOf(host));
    const { pid } = await runningServer(dataDir);
    await host.kill();
    process.kill(pid, 'SIGKILL');
    const next = await startForTest(dataDir);
    expect(next.adopted).toBe(false);
    expect(await storedPipelines(next.url)).toEqual([stored]);
  });

  test('again and again in the middle of writing, nothing that was confirmed is lost', async () => {
    const dataDir = await dataFolder();
    const confirmed: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const host = startHost(dataDir);
      const db = await openDatabase({ url: await urlOf(host), migrationsDir: MIGRATIONS_DIR });
      const { pid } = await runningServer(dataDir);
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
    const found = new Set((await storedPipelines((await startForTest(dataDir)).url)).map(({ id }) => id));
    expect(confirmed.filter((id) => !found.has(id))).toEqual([]);
  }, 60_000);
});
