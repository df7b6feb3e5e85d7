import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { makeStaging, openClusterFolder, removeAbandonedStaging } from './cluster-folder.ts';
import { DataDirNotWritableError } from './embedded-errors.ts';
import { startEmbeddedPostgres } from './start-embedded-postgres.ts';

async function folder(): Promise<string> {
  const made = await temporaryFolder();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made.path;
}

describe('the data folder', () => {
  test('is made for its owner alone, inside folders that are made as usual', async () => {
    const dataDir = join(await folder(), 'a', 'data');
    await openClusterFolder(dataDir);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, '..'))).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  test('keeps its mode where it exists', async () => {
    const dataDir = join(await folder(), 'data');
    await mkdir(dataDir);
    await chmod(dataDir, 0o750);
    await openClusterFolder(dataDir);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o750);
  });

  test('is the same by whatever path one comes', async () => {
    const outer = await folder();
    await mkdir(join(outer, 'data'));
    await symlink(join(outer, 'data'), join(outer, 'link'));
    expect(await openClusterFolder(join(outer, 'link'))).toEqual(await openClusterFolder(join(outer, 'data')));
  });
});

describe('a data folder that cannot be written', () => {
  test('because there is a file in its place', async () => {
    const path = join(await folder(), 'file');
    await writeFile(path, '');
    const failed = startEmbeddedPostgres({ dataDir: path });
    await expect(failed).rejects.toThrow(DataDirNotWritableError);
    await expect(failed).rejects.toThrow(
      `Cannot write to the data folder ${path}: there is a file where a folder should be.`,
    );
    await expect(failed).rejects.toMatchObject({ code: 'data-dir-not-writable' });
  });

  test('because a part of its path is a file', async () => {
    const path = join(await folder(), 'file');
    await writeFile(path, '');
    await expect(openClusterFolder(join(path, 'data'))).rejects.toThrow(/a file where a folder should be/);
  });

  test('because it belongs to somebody else', async () => {
    const path = join(await folder(), 'data');
    await mkdir(path);
    await chmod(path, 0o555);
    await asOrdinaryUser(() =>
      expect(openClusterFolder(path)).rejects.toThrow(/this user may not write there.*SLUICE_DATA_DIR/),
    );
  });

  test('because its parent belongs to somebody else', async () => {
    const path = await folder();
    await chmod(path, 0o555);
    await asOrdinaryUser(() => expect(openClusterFolder(join(path, 'data'))).rejects.toThrow(DataDirNotWritableError));
    await chmod(path, 0o755);
  });
});

test('what killed starts have left is removed, and what a living one makes is not', async () => {
  const opened = await openClusterFolder(await folder());
  const living = await makeStaging(opened);
  // Beyond the largest number that Linux and macOS give to a process.
  const abandoned = join(opened.dataDir, 'postgres.new-4194305-0a1b2c3d');
  await mkdir(join(abandoned, 'cluster'), { recursive: true });
  const logged: string[] = [];
  await removeAbandonedStaging(opened, (line) => logged.push(line));
  await expect(stat(abandoned)).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await stat(living.home)).isDirectory()).toBe(true);
  expect(logged).toEqual([]);
});

/** Root may write anywhere, so for the time of the test it gives that up. */
async function asOrdinaryUser(run: () => Promise<void>): Promise<void> {
  const NOBODY = 65_534;
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    await run();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
