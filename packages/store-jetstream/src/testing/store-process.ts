import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process that works on a store until it is killed and tells, line by line, what it has done. */
export interface StoreProcess {
  readonly lines: readonly string[];
  /** Resolves when it has told so many lines; rejects when it ends before. */
  saysLines(count: number): Promise<void>;
  /** Kills it outright and waits until it is gone. */
  kill(): Promise<void>;
}

export function startStoreProcess(servers: string, prefix: string): StoreProcess {
  const path = fileURLToPath(new URL('./work-until-killed.ts', import.meta.url));
  const child = spawn(process.execPath, [path, servers, prefix], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const closed = once(child, 'close');
  return {
    lines,
    async saysLines(count) {
      while (lines.length < count) {
        const [what] = await Promise.race([once(reader, 'line'), closed.then(() => [undefined])]);
        if (what === undefined) throw new Error(`The process ended early, with status ${child.exitCode}: ${errors}`);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
