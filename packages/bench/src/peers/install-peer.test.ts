import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AbsentError } from './absent-error.ts';
import { importPeer, installPeer } from './install-peer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-peers-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Stands in for the registry, which tests must not ask: a program in npm's place. */
async function npmThat(script: string): Promise<void> {
  const npm = path.join(folder, 'bin', 'npm-cli.js');
  await mkdir(path.dirname(npm), { recursive: true });
  await writeFile(npm, script);
  await chmod(npm, 0o755);
  vi.stubEnv('npm_execpath', npm);
}

const INSTALLS = `
const { mkdirSync, writeFileSync } = require('node:fs');
const [verb, , prefix] = process.argv.slice(2);
if (verb !== 'install') process.exit(1);
const home = prefix + '/node_modules/ioredis';
mkdirSync(home, { recursive: true });
writeFileSync(home + '/package.json', '{"name":"ioredis","type":"module","exports":"./main.js"}');
writeFileSync(home + '/main.js', 'export const specs = ' + JSON.stringify(process.argv.slice(5).filter((each) => !each.startsWith('-'))));
`;

test('a peer is installed once, at exact versions, and imported from its own folder', async () => {
  await npmThat(INSTALLS);
  const parent = path.join(folder, 'peers');
  const peer = await installPeer('redis-streams', parent);
  expect(await importPeer<{ readonly specs: unknown }>(peer, 'ioredis')).toMatchObject({ specs: ['ioredis@6.0.0'] });
  await npmThat('process.exit(1)');
  expect(await installPeer('redis-streams', parent)).toBe(peer);
});

test('a peer that npm cannot install is absent, with the reason, and leaves nothing', async () => {
  await npmThat(
    "console.error('npm error code ENOTFOUND\\nnpm error request to the registry failed'); process.exit(1)",
  );
  const parent = path.join(folder, 'peers');
  const failure = await installPeer('redis-streams', parent).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AbsentError);
  expect(failure).toMatchObject({ message: 'npm cannot install ioredis@6.0.0: request to the registry failed' });
  expect(await readdir(parent)).toEqual([]);
});
