import type { Clock, TraceBounds, TraceStore } from '@sluice/engine';
import { openDatabaseFile } from '../database-file.ts';
import { openIn, ownFolder } from '../own-folder.ts';
import { TraceReader } from './read-traces.ts';
import { TraceWriter } from './write-traces.ts';

export interface LmdbTraceStore extends TraceStore {
  /** Waits for what is being recorded, and lets go of the folder. Later calls are refused with `StoreClosedError`. */
  close(): Promise<void>;
}

/**
 * Opens the traces in a folder of their own, which is made if need be. They are a file apart from the messages, since LMDB
 * has one writer per file: a long trim here would make commits there wait. Rejects as `openLmdbStore` does; whoever hosts
 * it can go on without traces then.
 */
export async function openLmdbTraceStore(options: {
  readonly dir: string;
  readonly bounds: TraceBounds;
  readonly clock: Clock;
}): Promise<LmdbTraceStore> {
  const folder = await ownFolder(options.dir);
  const { file, writer } = await openIn(folder, 'traces.lmdb', async (path) => {
    const opened = openDatabaseFile(path, ['hops', 'index']);
    return { file: opened, writer: new TraceWriter(opened, options) };
  });
  const reader = new TraceReader(file, { ...options, assertOpen: () => writer.assertOpen() });
  let closing: Promise<void> | undefined;
  return {
    record: (hops) => writer.record(hops),
    async trace(correlationId) {
      writer.assertOpen();
      return reader.trace(correlationId);
    },
    async find(request) {
      writer.assertOpen();
      return reader.find(request);
    },
    async newest(request) {
      writer.assertOpen();
      return reader.newest(request);
    },
    usage: () => writer.usage(),
    async forgetPipeline(pipelineId) {
      const end = writer.next;
      for (;;) {
        writer.assertOpen();
        const numbers = reader.ofPipeline(pipelineId, end);
        if (numbers.length === 0) return;
        await writer.remove(numbers);
      }
    },
    close() {
      closing ??= writer.close().then(async () => {
        await file.close();
        await folder.lock.release();
      });
      return closing;
    },
  };
}
