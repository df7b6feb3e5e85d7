import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process that runs one of the scripts of this folder on a data folder and tells, line by line, what it has done. */
export interface StoreProcess {
  readonly pid: number;
  readonly lines: readonly string[];
  /** Resolves when it has told so many lines; rejects when it ends before. */
  saysLines(count: number): Promise<void>;
  saysLine(line: string): Promise<void>;
  /** Kills it outright and waits until it is gone. */
  kill(): Promise<void>;
  /** Its exit status; `null` after a signal. */
  ended(): Promise<number | null>;
  readonly errors: () => string;
}

export function startStoreProcess(
  script: 'work-until-killed' | 'hold-folder' | 'write-until-full' | 'write-traces-until-full',
  dir: string,
  options: { readonly fileBlocksMax?: number } = {},
): StoreProcess {
  const path = fileURLToPath(new URL(`./${script}.ts`, import.meta.url));
  // Over the limit the kernel sends a signal that kills; ignored, the write fails as on a full disk.
  const limit = options.fileBlocksMax === undefined ? '' : `trap '' XFSZ; ulimit -f ${options.fileBlocksMax}; `;
  const child = spawn('/bin/sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, path, dir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return follow(child);
}

function follow(child: ChildProcess): StoreProcess {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  if (child.stdout === null || child.pid === undefined) throw new Error('The process did not start.');
  const reader = createInterface({ input: child.stdout });
  const check = (): void => {
    for (const look of waiting) look();
  };
  reader.on('line', (line) => {
    lines.push(line);
    check();
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  let hasEnded = false;
  void closed.then(() => {
    hasEnded = true;
    check();
  });
  const until = (isDone: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isDone() && !hasEnded) return;
        waiting.delete(look);
        if (isDone()) resolve();
        else reject(new Error(`The process ended early, with status ${child.exitCode}: ${errors}`));
      };
      waiting.add(look);
      look();
    });
  return {
    pid: child.pid,
    lines,
    saysLines: (count) => until(() => lines.length >= count),
    saysLine: (line) => until(() => lines.includes(line)),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    ended: () => closed,
    errors: () => errors,
  };
}
