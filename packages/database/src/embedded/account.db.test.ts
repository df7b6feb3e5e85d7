import { once } from 'node:events';
import { mkdir, mkdtemp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataFolder, runningServer, startForTest, storePipeline, storedPipelines } from '../testing/embedded-test.ts';
import { spawnAs } from './spawn-as.ts';

describe.skipIf(process.getuid?.() !== 0)('as root', () => {
  test('PostgreSQL runs as another user, and the data folder stays closed to all but its group', async () => {
    const dataDir = await dataFolder();
    await startForTest(dataDir);
    const { pid } = await runningServer(dataDir);
    const uid = (await stat(`/proc/${pid}`)).uid;
    expect(uid).not.toBe(0);
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(uid);
    expect(await stat(dataDir)).toMatchObject({ uid: 0, mode: 0o40710 });
  });

  test('it reaches a data folder inside one that is closed to other users, like /root', async () => {
    const outer = await dataFolder();
    await mkdir(outer, { mode: 0o700 });
    const dataDir = join(await mkdtemp(join(outer, 'closed-')), 'data');
    const stored = await storePipeline((await startForTest(dataDir)).url);
    expect(await stat(outer)).toMatchObject({ uid: 0, mode: 0o40700 });
    const { pid } = await runningServer(dataDir);
    process.kill(pid, 'SIGKILL');
    expect(await storedPipelines((await startForTest(dataDir)).url)).toEqual([stored]);
  });

  test('it runs from a folder that root has restored as its own', async () => {
    const dataDir = await dataFolder();
    const first = await startForTest(dataDir);
    const stored = await storePipeline(first.url);
    await first.stop();
    const restore = spawnAs({ kind: 'self' }, 'chown', ['-R', '0:0', join(dataDir, 'postgres')]);
    expect(await once(restore, 'exit')).toEqual([0, null]);
    expect(await storedPipelines((await startForTest(dataDir)).url)).toEqual([stored]);
  });
});
