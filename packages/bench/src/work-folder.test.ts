import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openWorkFolder } from './work-folder.ts';

/** Above the highest that Linux gives. */
const NOBODY = 2 ** 22 + 1;

test('a run has a folder of its own, and clears away what dead runs have left', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'sluice-work-'));
  const left = path.join(parent, `bench-${NOBODY}-abc`, 'data');
  const living = path.join(parent, `bench-${process.pid}-abc`);
  const peers = path.join(parent, 'peers');
  for (const folder of [left, living, peers]) await mkdir(folder, { recursive: true });
  {
    await using folder = await openWorkFolder(parent);
    expect(await readdir(folder.path)).toEqual([]);
    expect(existsSync(left)).toBe(false);
  }
  expect((await readdir(parent)).sort()).toEqual([`bench-${process.pid}-abc`, 'peers']);
  await rm(parent, { recursive: true });
});
