import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Another process that runs the built-in PostgreSQL of a data folder; killed with the test at the latest. */
export interface Host {
  /** How the start went, once that is known. */
  outcome(): Promise<{ readonly url: string; readonly adopted: boolean } | { readonly error: string }>;
  /** As `kill -9` does; resolves when it is gone. */
  kill(): Promise<void>;
  /** Lets it stop PostgreSQL and end. */
  end(): Promise<void>;
}

export function startHost(dataDir: string): Host {
  const file = fileURLToPath(new URL('embedded-host.ts', import.meta.url));
  const child = spawn(process.execPath, [file, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const line = once(createInterface({ input: child.stdout }), 'line');
  const gone = async () => {
    if (child.exitCode === null && child.signalCode === null) await exited;
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await gone();
  };
  onTestFinished(kill);
  return {
    outcome: async () => JSON.parse(String((await line)[0])),
    kill,
    end: async () => {
      child.stdin.end();
      await gone();
    },
  };
}
