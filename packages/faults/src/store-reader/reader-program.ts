// A process of its own, since LMDB ends the process that opens what is no database any more.
import { copyStore } from './copy-store.ts';
import { readStore, type StoreContent } from './read-store.ts';
import type { ReaderRequest } from './store-reader.ts';

process.on('message', (request) => {
  answer(request as ReaderRequest).then(
    (content) => process.send?.(content),
    (error: unknown) => process.send?.({ ids: [], complaints: [`it does not open: ${String(error)}`] }),
  );
});

async function answer({ dir, copyOf }: ReaderRequest): Promise<StoreContent> {
  if (copyOf !== undefined) await copyStore(copyOf, dir);
  return readStore(dir);
}
