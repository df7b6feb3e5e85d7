import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@sluice/testkit';

const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..');
const MAIN = path.join(ROOT, 'apps', 'server', 'dist', 'main.js');
/** Saves a fifth of the time of a start, of which there are many. */
const COMPILED = path.join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'compiled');
/** Far above what a start takes, for machines with much else to do. */
const READY_WITHIN_MS = 60_000;

/** How a life of the server ended. */
interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ms: number;
  /** As a supervisor sees it: anything but status 0. */
  readonly isFailure: boolean;
}

/** The built server as a process of its own, on one data folder and port through all its lives. */
export interface SluiceProcess extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Lives so far; 1 after the first start. */
  readonly life: number;
  /** What all lives have printed. */
  output(): string;
  /** Resolves when the life that runs now is over. */
  ended(): Promise<Ending>;
  hasEnded(): boolean;
  /** Sends `kill -9` and waits until the process is gone. */
  kill(): Promise<void>;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<Ending>;
  signal(signal: NodeJS.Signals): void;
  /** Starts it again and waits until it is ready; answers how long that took. */
  restart(): Promise<{ readonly ms: number }>;
  /** Starts it again without waiting for more than the start of the process. */
  launch(): void;
  /** Waits until requests are welcome; rejects when the process ends before. */
  ready(): Promise<void>;
  /** Calls the API with a JSON body; rejects with the problem's text on anything but 2xx. */
  api(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown>;
}

export interface SluiceProcessOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the server under another program: its command line, in front of the server's. */
  readonly under?: readonly string[];
  readonly onLife?: (event: 'starts' | 'ends', life: number) => void;
}

/** Makes the process; nothing runs before `launch` or `restart`. */
export async function createSluiceProcess(options: SluiceProcessOptions): Promise<SluiceProcess> {
  if (!existsSync(MAIN))
    throw new Error(`The server is not built: ${MAIN} is missing. Run "npm test" or "npm run -s faults" once.`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let output = '';
  let life = 0;
  let child: ChildProcess | undefined;
  let ending: Promise<Ending> = Promise.reject(new Error('The server was never started'));
  ending.catch(() => undefined);

  const launch = (): void => {
    life += 1;
    const own = life;
    options.onLife?.('starts', own);
    const [file, args] = commandLine(options.under);
    const started = spawn(file, args, {
      cwd: ROOT,
      env: {
        ...process.env,
        NODE_ENV: 'production',
        NODE_COMPILE_CACHE: COMPILED,
        PORT: String(port),
        SLUICE_DATA_DIR: options.dataDir,
        SLUICE_DEMO: '0',
        LOG_LEVEL: 'warn',
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const began = performance.now();
    ending = new Promise((resolve, reject) => {
      started.once('error', reject);
      started.once('exit', (code, signal) => {
        options.onLife?.('ends', own);
        resolve({ code, signal, isFailure: code !== 0, ms: performance.now() - began });
      });
    });
  };

  const hasEnded = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;

  const ready = async (): Promise<void> => {
    const until = performance.now() + READY_WITHIN_MS;
    for (;;) {
      if (hasEnded()) throw new Error(`The server ended with ${JSON.stringify(await ending)}:\n${output}`);
      const answer = await fetch(`${url}/readyz`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.status === 200) return;
      if (performance.now() > until)
        throw new Error(`The server was not ready within ${READY_WITHIN_MS} ms:\n${output}`);
      await delay(10);
    }
  };

  const end = async (signal: NodeJS.Signals): Promise<Ending> => {
    const began = performance.now();
    if (!hasEnded()) child?.kill(signal);
    return { ...(await ending), ms: performance.now() - began };
  };

  return {
    url,
    dataDir: options.dataDir,
    get pid() {
      return child?.pid ?? 0;
    },
    get life() {
      return life;
    },
    output: () => output,
    ended: () => ending,
    hasEnded,
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    signal: (signal) => void child?.kill(signal),
    async restart() {
      const began = performance.now();
      launch();
      await ready();
      return { ms: performance.now() - began };
    },
    launch,
    ready,
    async api(method, apiPath, body, headers = {}) {
      const answer = await fetch(`${url}/api/v1${apiPath}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${apiPath} answered ${answer.status}: ${text}`);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded()) await end('SIGKILL');
      await endLeftDatabase(options.dataDir);
    },
  };
}

function commandLine(under: readonly string[] = []): readonly [file: string, args: readonly string[]] {
  const [tool, ...args] = under;
  return tool === undefined ? [process.execPath, [MAIN]] : [tool, [...args, process.execPath, MAIN]];
}

/** The PostgreSQL of a server that was killed goes on without it, for the next start to take over: here none comes. */
async function endLeftDatabase(dataDir: string): Promise<void> {
  const file = path.join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
  try {
    process.kill(pid, 'SIGINT');
    for (;;) {
      process.kill(pid, 0);
      await delay(20);
    }
  } catch (error) {
    // No such process: it is gone, or was never there.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
