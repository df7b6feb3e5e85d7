import { execFile } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const SOURCE = path.join(import.meta.dirname, '..', '..', 'preload', 'faults.c');
const BUILT_IN = path.join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
/** The file of messages in the folder of a store. */
export const STORE_FILE = 'messages.lmdb';
const CONTROL_BYTES = 4_096;

/** Places in the control file, as `enum field` of `preload/faults.c` has them. */
const FIELDS = {
  flushError: 0,
  flushErrorsLeft: 1,
  flushHeld: 2,
  flushDelayMs: 3,
  writeError: 4,
  dateStepMs: 5,
  uptimeStepMs: 6,
  killAt: 7,
  events: 8,
  flushesBegun: 9,
  flushesDone: 10,
  flushesFailed: 11,
  life: 12,
  freeBytes: 13,
} as const;
type ControlField = keyof typeof FIELDS;

/** Numbers of the errors that disks give. */
export const ERRNO = { EIO: 5, ENOSPC: 28 } as const;
/** For `flushErrorsLeft`. */
export const FOR_EVER = -1;

/** Faults that are put between the server and its disk, clock and sockets, and the log of what went over that border. */
export interface Preload extends Disposable {
  /** For the server's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Every event of every life, see `readEvents`; absent when none was asked for. */
  readonly logFile: string | undefined;
  get(field: ControlField): number;
  /** Takes effect at once, also in a server that runs. */
  set(field: ControlField, value: number): void;
}

/** Why this machine cannot have a preload; `undefined` when it can. */
export function preloadMissing(): string | undefined {
  if (process.platform !== 'linux') return 'the preload library is for Linux';
  return findCompiler() === undefined ? 'there is no C compiler (cc, gcc) to make the preload library' : undefined;
}

export async function createPreload(o: { readonly folder: string; readonly log: boolean }): Promise<Preload> {
  const library = await buildLibrary();
  const control = path.join(o.folder, 'control');
  await writeFile(control, Buffer.alloc(CONTROL_BYTES));
  const file = openSync(control, 'r+');
  const logFile = o.log ? path.join(o.folder, 'events') : undefined;
  const cell = Buffer.alloc(8);
  return {
    env: {
      LD_PRELOAD: library,
      FAULTS_CONTROL: control,
      FAULTS_FILE: STORE_FILE,
      ...(logFile === undefined ? {} : { FAULTS_LOG: logFile }),
    },
    logFile,
    get(field) {
      readSync(file, cell, 0, 8, FIELDS[field] * 8);
      return Number(cell.readBigInt64LE());
    },
    set(field, value) {
      cell.writeBigInt64LE(BigInt(value));
      writeSync(file, cell, 0, 8, FIELDS[field] * 8);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** Compiled once and again when the source is newer. Several that compile at once each put a whole file in place. */
async function buildLibrary(): Promise<string> {
  const library = path.join(BUILT_IN, 'faults.so');
  const [source, built] = await Promise.all([stat(SOURCE), stat(library).catch(() => undefined)]);
  if (built !== undefined && built.mtimeMs > source.mtimeMs) return library;
  const compiler = findCompiler();
  if (compiler === undefined) throw new Error(preloadMissing());
  await mkdir(BUILT_IN, { recursive: true });
  const draft = `${library}.${process.pid}`;
  await promisify(execFile)(compiler, [
    '-O2',
    '-Wall',
    '-Wextra',
    '-fPIC',
    '-shared',
    '-o',
    draft,
    SOURCE,
    '-ldl',
    '-lpthread',
  ]);
  await rename(draft, library);
  return library;
}

function findCompiler(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => ['cc', 'gcc', 'clang'].map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
}
