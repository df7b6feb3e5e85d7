import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds the repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Where fetched tools, locks and logs live. Safe to delete: the next command fetches what it needs again. */
export const toolsFolder = path.join(root, '.tools');

/**
 * @typedef {object} WorkspacePackage
 * @property {string} name as in package.json, such as `@sluice/engine`
 * @property {string} folder absolute
 * @property {Record<string, string>} scripts
 * @property {Record<string, string>} dependencies
 * @property {Record<string, string>} devDependencies
 */

/**
 * Every package of the workspace, in a stable order.
 * @returns {WorkspacePackage[]}
 */
export function workspacePackages() {
  const folders = ['apps', 'packages']
    .flatMap((parent) => readdirSync(path.join(root, parent)).map((name) => path.join(root, parent, name)))
    .concat(path.join(root, 'e2e'));
  return folders
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .sort()
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
      return {
        name: manifest.name,
        folder,
        scripts: manifest.scripts ?? {},
        dependencies: manifest.dependencies ?? {},
        devDependencies: manifest.devDependencies ?? {},
      };
    });
}

/**
 * The package in `folder` (relative to the root) and all workspace packages that end up in its build.
 * @param {string} folder
 * @returns {WorkspacePackage[]}
 */
export function buildClosure(folder) {
  const all = new Map(workspacePackages().map((one) => [one.name, one]));
  const start = [...all.values()].find((one) => one.folder === path.join(root, folder));
  if (start === undefined) throw new Error(`There is no package in ${folder}.`);
  const closure = new Set([start]);
  for (const one of closure) {
    for (const name of Object.keys(one.dependencies)) {
      const dependency = all.get(name);
      if (dependency !== undefined) closure.add(dependency);
    }
  }
  return [...closure];
}
