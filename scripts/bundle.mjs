// Usage: node --experimental-import-meta-resolve scripts/bundle.mjs FOLDER
// Bundles FOLDER/src/main.ts into FOLDER/dist/main.js, so that starting costs one file and no type stripping.
// Workspace packages go in; npm packages stay where pnpm put them and are imported from there.
import { rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { root } from './workspace.mjs';

const folder = path.join(root, process.argv[2] ?? '');
const outputFolder = path.join(folder, 'dist');

try {
  await bundle();
} catch (error) {
  // The message names files and lines of the source; the stack only those of the bundler.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function bundle() {
  rmSync(outputFolder, { recursive: true, force: true });
  const build = await rolldown({
    input: { main: path.join(folder, 'src', 'main.ts') },
    platform: 'node',
    tsconfig: path.join(folder, 'tsconfig.json'),
    plugins: [npmPackagesStayOutside(), modulesKeepTheirPlace()],
    onLog(level, log) {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  await build.write({
    dir: outputFolder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await build.close();
}

/**
 * pnpm gives each package only the dependencies that it declares, so `import 'lmdb'` works in packages/store-lmdb and would
 * not in apps/server/dist. Each import is therefore resolved from the file that makes it, by Node's own rules.
 * @returns {import('rolldown').Plugin}
 */
function npmPackagesStayOutside() {
  return {
    name: 'npm-packages-stay-outside',
    resolveId(source, importer) {
      if (importer === undefined || source.startsWith('.') || path.isAbsolute(source) || source.startsWith('@sluice/'))
        return null;
      if (isBuiltin(source)) return { id: source, external: true };
      const target = fileURLToPath(import.meta.resolve(source, pathToFileURL(importer).href));
      return { id: fromOutput(target), external: true };
    },
  };
}

/**
 * A module that finds files by its own address must find the same ones from inside the bundle.
 * @returns {import('rolldown').Plugin}
 */
function modulesKeepTheirPlace() {
  return {
    name: 'modules-keep-their-place',
    transform(code, id) {
      if (!code.includes('import.meta.')) return null;
      const url = `new URL(${JSON.stringify(fromOutput(id))}, import.meta.url)`;
      const file = `process.getBuiltinModule('node:url').fileURLToPath(${url})`;
      return code
        .replaceAll('import.meta.url', `${url}.href`)
        .replaceAll('import.meta.dirname', `process.getBuiltinModule('node:path').dirname(${file})`)
        .replaceAll('import.meta.filename', file);
    },
  };
}

/** @param {string} file */
function fromOutput(file) {
  return path.relative(outputFolder, file).split(path.sep).join('/');
}
