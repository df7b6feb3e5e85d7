import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { masterKeyFromFile, masterKeyFromText } from './master-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('32 bytes are taken as they are, in hex or base64', () => {
  const bytes = Buffer.alloc(32, 9);
  expect(masterKeyFromText(bytes.toString('hex')).bytes).toEqual(bytes);
  expect(masterKeyFromText(bytes.toString('base64')).bytes).toEqual(bytes);
});

test('any other text gives one key of 32 bytes', () => {
  const key = masterKeyFromText('correct horse battery staple');
  expect(key.bytes).toHaveLength(32);
  expect(masterKeyFromText('correct horse battery staple')).toEqual(key);
  expect(masterKeyFromText('correct horse battery stable').id).not.toEqual(key.id);
});

test('the first start makes a key that only its owner reads, and later ones find it', async () => {
  const key = await masterKeyFromFile(folder);
  expect((await stat(join(folder, 'secret-key'))).mode & 0o777).toBe(0o600);
  expect(await masterKeyFromFile(folder)).toEqual(key);
  expect(await readdir(folder)).toEqual(['secret-key']);
});

test('two that start at once agree on one key', async () => {
  const [one, other] = await Promise.all([masterKeyFromFile(folder), masterKeyFromFile(folder)]);
  expect(one).toEqual(other);
});

test('a key file that others may read is closed to them', async () => {
  await masterKeyFromFile(folder);
  await chmod(join(folder, 'secret-key'), 0o644);
  await masterKeyFromFile(folder);
  expect((await stat(join(folder, 'secret-key'))).mode & 0o777).toBe(0o600);
});

test('a key file that holds no key is said, and left alone', async () => {
  await writeFile(join(folder, 'secret-key'), 'rubbish');
  await expect(masterKeyFromFile(folder)).rejects.toMatchObject({ code: 'secret-key-unusable' });
});
