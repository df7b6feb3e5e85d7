import { writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { postmasterFilePath, readPostmasterFile } from './postmaster-pid.ts';

async function clusterWith(content?: string): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  if (content !== undefined) await writeFile(postmasterFilePath(folder.path), content);
  return folder.path;
}

const lines = (...last: string[]) =>
  ['4711', '/data/postgres/cluster', '1795399793', '43531', '', '127.0.0.1', ...last].join('\n');

test('a server that accepts connections', async () => {
  const cluster = await clusterWith(lines('   852019     65539', 'ready   ', ''));
  expect(await readPostmasterFile(cluster)).toEqual({ pid: 4711, port: 43531, status: 'ready' });
});

test('a server on its way down', async () => {
  const cluster = await clusterWith(lines('   852019     65539', 'stopping', ''));
  expect(await readPostmasterFile(cluster)).toMatchObject({ status: 'stopping' });
});

test('a server on its way up, which has not written all lines', async () => {
  expect(await readPostmasterFile(await clusterWith(lines()))).toMatchObject({ pid: 4711, status: 'starting' });
});

test('no server, or a file without a number', async () => {
  expect(await readPostmasterFile(await clusterWith())).toBeUndefined();
  expect(await readPostmasterFile(await clusterWith(''))).toBeUndefined();
});
