// A process of its own, since LMDB ends the process that opens what is no database any more.
import { readStore } from './read-store.ts';

process.on('message', (dir) => {
  readStore(String(dir)).then(
    (content) => process.send?.(content),
    (error: unknown) => process.send?.({ ids: [], complaints: [`it does not open: ${String(error)}`] }),
  );
});
