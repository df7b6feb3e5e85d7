import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const neverSource = new Set(['node_modules', 'dist', 'generated', '.turbo', 'coverage', 'test-results']);
const isTest = /\.(test|spec|contract)\.[cm]?tsx?$/;

/**
 * One hash over the contents of files and folders (folders deeply, without tests and generated files, which reach no
 * build). Contents and not times, so that a fresh clone, a checkout and a touched file all give the same answer.
 * @param {string} base paths are hashed relative to it
 * @param {readonly string[]} paths absolute; one that does not exist counts as absent
 */
export function fingerprint(base, paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesIn)) {
    const content = readFileSync(file);
    hash.update(`${path.relative(base, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

const stampName = '.made-from';

/**
 * True when `output` was made from exactly these sources and its `witness` file is still there.
 * @param {{ output: string, witness: string, madeFrom: string }} made
 */
export function isFresh({ output, witness, madeFrom }) {
  const stamp = path.join(output, stampName);
  return existsSync(path.join(output, witness)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === madeFrom;
}

/**
 * Makes `output` and remembers from what. While it is being made, and after a failure, it is not fresh.
 * @param {{ output: string, madeFrom: string }} made
 * @param {() => Promise<void>} make
 */
export async function makeAndStamp({ output, madeFrom }, make) {
  const stamp = path.join(output, stampName);
  rmSync(stamp, { force: true });
  await make();
  mkdirSync(output, { recursive: true });
  writeFileSync(stamp, madeFrom);
}

/**
 * The files that count as source in `entry`, or `entry` itself if it is one.
 * @param {string} entry
 * @returns {string[]}
 */
export function filesIn(entry) {
  if (!existsSync(entry)) return [];
  if (!statSync(entry).isDirectory()) return [entry];
  return readdirSync(entry, { withFileTypes: true })
    .filter((child) => !neverSource.has(child.name) && !isTest.test(child.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((child) => {
      const full = path.join(entry, child.name);
      if (child.isDirectory()) return filesIn(full);
      return child.isFile() ? [full] : [];
    });
}
