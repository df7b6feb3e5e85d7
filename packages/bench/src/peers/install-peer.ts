import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { CACHE_FOLDER } from '../work-folder.ts';
import { AbsentError } from './absent-error.ts';
import { PEERS, type PeerName } from './peers.ts';

const INSTALL_DEADLINE_MS = 300_000;
/** A module in the folder of a peer: what it imports is looked up there. */
const LOADER = 'import-from-here.mjs';

/**
 * Installs a peer's packages into a folder of its own, never into the workspace, and answers the folder. What is there
 * already is used. The folder appears whole or not at all. Rejects with `AbsentError` when npm cannot install it.
 */
export async function installPeer(name: PeerName, parent: string = path.join(CACHE_FOLDER, 'peers')): Promise<string> {
  const specs = Object.entries(PEERS[name]).map(([each, version]) => `${each}@${version}`);
  // Packages may be built for, or chosen by, the major version of Node.
  const folder = path.join(
    parent,
    `${specs.join('+').replaceAll('/', '-')}-node${process.versions.node.split('.')[0]}`,
  );
  if (existsSync(path.join(folder, LOADER))) return folder;
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    await npmInstall(partial, specs);
    await writeFile(path.join(partial, LOADER), 'export const load = (name) => import(name);\n');
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

/** A package of a peer, to be called in the program that runs it. The caller says what it uses of it. */
export async function importPeer<Module>(folder: string, name: string): Promise<Module> {
  const loader = (await import(path.join(folder, LOADER))) as { load(name: string): Promise<Module> };
  return loader.load(name);
}

function npmInstall(folder: string, specs: readonly string[]): Promise<void> {
  const flags = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--include=optional'];
  const { file, args } = npmCommand();
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args, 'install', '--prefix', folder, ...flags, ...specs], {
      cwd: folder,
      // npm picks older releases of what does not support the Node that it runs on, so it must run on ours.
      env: { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}` },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: INSTALL_DEADLINE_MS,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const absent = (reason: string): AbsentError => new AbsentError(`npm cannot install ${specs.join(' ')}: ${reason}`);
    child.once('error', (error) => reject(absent(error.message)));
    child.once('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(absent(firstError(said) ?? `it ended with ${signal ?? status}`));
    });
  });
}

function firstError(said: string): string | undefined {
  const lines = said.split('\n').filter((line) => /^npm (error|ERR!) (?!code )/.test(line));
  return lines[0]?.replace(/^npm (error|ERR!) /, '').slice(0, 200);
}

/** The npm that started the bench, run by our own Node; else the one on the search path. */
function npmCommand(): { readonly file: string; readonly args: readonly string[] } {
  const running = process.env['npm_execpath'];
  return running !== undefined && path.basename(running) === 'npm-cli.js'
    ? { file: process.execPath, args: [running] }
    : { file: 'npm', args: [] };
}
