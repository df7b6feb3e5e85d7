import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const RUNNING = /^Sluice is running at (\S+)$/m;

/** The server as a process of its own, as a user starts it. */
export interface SpawnedServer extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Resolves with the address when it says that it runs; rejects with what it said when it ended instead. */
  readonly running: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

export function spawnServer(environment: Readonly<Record<string, string>>): SpawnedServer {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', SLUICE_DEMO: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const running = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<{ readonly code: number | null; readonly out: string; readonly err: string }>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
    const url = RUNNING.exec(out)?.[1];
    if (url !== undefined) running.resolve(url);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  child.on('close', (code) => {
    running.reject(new Error(`the server ended with ${code}: ${out}${err}`));
    ended.resolve({ code, out, err });
  });
  // A test that only waits for the end does not look at this one.
  running.promise.catch(() => undefined);
  return {
    process: child,
    running: running.promise,
    ended: ended.promise,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended.promise;
    },
  };
}
