import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { StoreContent } from './read-store.ts';

const PROGRAM = path.join(import.meta.dirname, 'reader-program.ts');

/** What the program is asked for. */
export interface ReaderRequest {
  /** The folder to read. */
  readonly dir: string;
  /** First make it a copy of this store, which a server may have open. */
  readonly copyOf?: string;
}

/** Reads the folders of stores that nobody has open, one at a time. */
export interface StoreReader extends AsyncDisposable {
  /** Never rejects: a folder that cannot be read, or that ends whoever opens it, is a complaint. */
  read(request: ReaderRequest): Promise<StoreContent>;
}

export function startStoreReader(): StoreReader {
  let child: ChildProcess | undefined;
  const start = (): ChildProcess =>
    fork(PROGRAM, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  return {
    read(request) {
      const reader = (child ??= start());
      return new Promise((resolve) => {
        const onEnd = (code: number | null, signal: NodeJS.Signals | null): void => {
          child = undefined;
          resolve({ ids: [], complaints: [`opening it ended the process (${signal ?? code})`] });
        };
        reader.once('exit', onEnd);
        reader.once('message', (content) => {
          reader.off('exit', onEnd);
          resolve(content as StoreContent); // the program's own answer
        });
        reader.send(request);
      });
    },
    async [Symbol.asyncDispose]() {
      const reader = child;
      if (reader === undefined) return;
      const gone = new Promise((resolve) => reader.once('exit', resolve));
      reader.disconnect();
      await gone;
    },
  };
}
