import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runCaptured } from './child-process.mjs';
import { CommandFailure } from './report.mjs';
import { withSetUpLock } from './set-up-lock.mjs';
import { root, toolsFolder } from './workspace.mjs';

/** @typedef {import('./report.mjs').Report} Report */

// The pins. Both come from the npm registry as ordinary packages, so npm is all that a machine needs.
// pnpm is pinned here and not by a `packageManager` field: with that field pnpm tries to replace itself by its own download.
const nodeVersion = '24.21.0';
const pnpmVersion = '12.21.0';

/**
 * The path of a Node that is new enough: the one that runs this, or the pinned one, fetched once into `.tools`.
 * @param {Report} report
 */
export async function provideNode(report) {
  if (Number.parseInt(process.versions.node, 10) >= Number.parseInt(nodeVersion, 10)) return process.execPath;
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const home = path.join(toolsFolder, `node-${nodeVersion}`);
  const binary = path.join('node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(path.join(home, binary))) {
    const remedy = `install Node ${nodeVersion} or newer yourself, and try again.`;
    await withSetUpLock(report, async () => {
      if (existsSync(path.join(home, binary))) return;
      await report.step(`Fetching Node ${nodeVersion} (this machine has ${process.versions.node})`, () =>
        fetchTool({ home, spec: `${name}@${nodeVersion}`, file: binary, remedy }),
      );
    });
  }
  return path.join(home, binary);
}

/**
 * The command line that runs the pinned pnpm. To be called under the set-up lock.
 * @param {Report} report
 * @param {string} node
 */
export async function providePnpm(report, node) {
  const home = path.join(toolsFolder, `pnpm-${pnpmVersion}`);
  const entry = path.join('node_modules', 'pnpm', 'bin', 'pnpm.mjs');
  if (!existsSync(path.join(home, entry))) {
    await report.step(`Fetching pnpm ${pnpmVersion}`, () =>
      fetchTool({
        home,
        spec: `pnpm@${pnpmVersion}`,
        file: entry,
        remedy: 'see that the npm registry can be reached from here, and try again.',
      }),
    );
  }
  return { file: node, args: [path.join(home, entry)] };
}

/**
 * The environment for the project's own tools: the right Node first, and nothing that makes an installer skip packages.
 * @param {string} node
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnvironment(node) {
  const searchPath = [path.dirname(node), path.join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''];
  return {
    ...process.env,
    PATH: searchPath.join(path.delimiter),
    NODE_ENV: 'development',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  };
}

/**
 * Installs one package from the registry into its own folder. It appears there whole or not at all, so an interrupted
 * fetch leaves nothing that looks usable.
 * @param {{ home: string, spec: string, file: string, remedy: string }} tool
 */
async function fetchTool({ home, spec, file, remedy }) {
  const partial = `${home}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const npm = npmCommand();
    const flags = [
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--include=optional',
    ];
    const { status, output } = await runCaptured({
      file: npm.file,
      args: [...npm.args, 'install', '--prefix', partial, ...flags, spec],
      cwd: partial,
      env: process.env,
    });
    if (status !== 0 || !existsSync(path.join(partial, file))) {
      throw new CommandFailure(`npm could not install ${spec}:\n${output.trim()}`, remedy);
    }
    rmSync(home, { recursive: true, force: true });
    renameSync(partial, home);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function npmCommand() {
  const running = process.env['npm_execpath'];
  if (running !== undefined && path.basename(running) === 'npm-cli.js')
    return { file: process.execPath, args: [running] };
  return { file: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] };
}
