import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const MAIN = path.join(import.meta.dirname, '..', 'main.ts');

export interface Ended {
  /** `null` when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly folder?: string;
  readonly input?: string;
}

/** The real command line in a process of its own, from source. */
export function runSluice(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { ended, child } = startSluice(args, options);
  child.stdin.end(options.input ?? '');
  return ended;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves with the first line of standard output that fits; rejects when the process ends without one. */
  line(fits: (line: string) => boolean): Promise<string>;
}

export function startSluice(args: readonly string[], options: RunOptions = {}): Started {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    cwd: options.folder ?? process.cwd(),
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
  return {
    child,
    ended,
    line: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = stdout.split('\n').slice(0, -1).find(fits);
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
        void ended.then(({ status }) =>
          reject(new Error(`ended with ${status} before that line\n${stdout}\n${stderr}`)),
        );
      }),
  };
}
