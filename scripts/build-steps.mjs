import { existsSync } from 'node:fs';
import path from 'node:path';
import { runCaptured } from './child-process.mjs';
import { fingerprint } from './fingerprint.mjs';
import { buildClosure, root } from './workspace.mjs';

/** @typedef {import('./set-up.mjs').Step} Step */

/**
 * How to build each of these folders: those with an `index.html` by Vite, the others as a program for Node.
 * @param {readonly string[]} folders relative to the root
 * @returns {Step[]}
 */
export function buildSteps(folders) {
  return folders.map((folder) =>
    existsSync(path.join(root, folder, 'index.html')) ? website(folder) : program(folder),
  );
}

/**
 * @param {string} folder
 * @returns {Step}
 */
function website(folder) {
  return {
    name: folder,
    output: path.join(root, folder, 'dist'),
    witness: 'index.html',
    sources: () => sourcesOf(folder, []),
    async make({ node, env }) {
      const vite = path.join(root, folder, 'node_modules', 'vite', 'bin', 'vite.js');
      const cwd = path.join(root, folder);
      const built = await runCaptured({
        file: node,
        args: [vite, 'build'],
        cwd,
        env: { ...env, NODE_ENV: 'production' },
      });
      // Vite lets a page import a Node module and only warns; in the browser it would fail on first use.
      const leaked = built.output.includes('externalized for browser compatibility');
      return leaked ? { status: 1, output: built.output } : built;
    },
  };
}

/**
 * @param {string} folder
 * @returns {Step}
 */
function program(folder) {
  const bundler = path.join(root, 'scripts', 'bundle.mjs');
  return {
    name: folder,
    output: path.join(root, folder, 'dist'),
    witness: 'main.js',
    sources: () => sourcesOf(folder, [bundler]),
    // The flag lets the bundler ask Node itself where an import leads, seen from any file.
    make: ({ node, env }) =>
      runCaptured({ file: node, args: ['--experimental-import-meta-resolve', bundler, folder], cwd: root, env }),
  };
}

/**
 * @param {string} folder
 * @param {readonly string[]} more
 */
function sourcesOf(folder, more) {
  const shared = ['pnpm-lock.yaml', 'tsconfig.base.json', 'prisma/schema.prisma'].map((name) => path.join(root, name));
  return fingerprint(root, [...shared, ...more, ...buildClosure(folder).map((one) => one.folder)]);
}
