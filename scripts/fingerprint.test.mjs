import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprint, isFresh, makeAndStamp } from './fingerprint.mjs';

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-fingerprint-'));
  write('src/a.ts', 'a');
  write('src/deep/b.ts', 'b');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a changed, a new, a renamed and a removed source file each give another fingerprint', () => {
  const seen = [sources()];
  write('src/deep/b.ts', 'b changed');
  seen.push(sources());
  write('src/c.ts', '');
  seen.push(sources());
  rmSync(path.join(folder, 'src/c.ts'));
  write('src/d.ts', '');
  seen.push(sources());
  rmSync(path.join(folder, 'src/a.ts'));
  seen.push(sources());
  expect(new Set(seen).size).toBe(seen.length);
});

test('moving text from one file to the next gives another fingerprint', () => {
  const before = sources();
  write('src/a.ts', '');
  write('src/deep/b.ts', 'ab');
  expect(sources()).not.toBe(before);
});

test('times, tests, packages and built files do not count', () => {
  const before = sources();
  utimesSync(path.join(folder, 'src/a.ts'), 1, 1);
  write('src/a.test.ts', 'test');
  write('src/node_modules/x/index.js', 'x');
  write('src/dist/main.js', 'x');
  expect(sources()).toBe(before);
});

test('what was made is fresh until its sources change or its witness goes', async () => {
  const made = { output: path.join(folder, 'dist'), witness: 'main.js', madeFrom: sources() };
  expect(isFresh(made)).toBe(false);
  await makeAndStamp(made, async () => write('dist/main.js', 'built'));
  expect(isFresh(made)).toBe(true);
  expect(isFresh({ ...made, madeFrom: 'other sources' })).toBe(false);
  rmSync(path.join(folder, 'dist/main.js'));
  expect(isFresh(made)).toBe(false);
});

test('a making that fails leaves nothing fresh, even over an earlier success', async () => {
  const made = { output: path.join(folder, 'dist'), witness: 'main.js', madeFrom: sources() };
  await makeAndStamp(made, async () => write('dist/main.js', 'built'));
  await expect(makeAndStamp(made, () => Promise.reject(new Error('the disk is full')))).rejects.toThrow(
    'the disk is full',
  );
  expect(isFresh(made)).toBe(false);
});

function sources() {
  return fingerprint(folder, [path.join(folder, 'src')]);
}

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}
