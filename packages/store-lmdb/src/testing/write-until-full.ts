import { writeSync } from 'node:fs';
import { openLmdbStore } from '../index.ts';
import { realClock } from './real-clock.ts';

/** Appends until the disk refuses, and tells what each call says from then on. */
const tell = (line: string): void => {
  writeSync(1, `${line}\n`);
};
process.on('unhandledRejection', (error) => tell(`unhandled ${String(error)}`));

const store = await openLmdbStore({ dir: process.argv[2] ?? '', clock: realClock });
store.onFailure((error) => tell(`told ${error.code}`));
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
const payload = 'x'.repeat(20_000);
const append = async (id: string): Promise<void> => {
  await store.commit([
    {
      op: 'append',
      queue: 'queue',
      message: { id, key: '', payload, headers: {}, correlationId: id, eventTime: 0, enqueuedAt: 0 },
      limit: { messages: 1_000_000, bytes: 1_000_000_000 },
    },
  ]);
  tell(`appended ${id}`);
};

for (let number = 0; ; number += 1) {
  try {
    await append(`m${number}`);
  } catch (error) {
    tell(`refused ${codeOf(error)}`);
    break;
  }
}
await Promise.allSettled([
  append('late').catch((error: unknown) => tell(`late append ${codeOf(error)}`)),
  store
    .lease({ source: { kind: 'queue', queue: 'queue' }, max: 1, leaseMs: 1 })
    .catch((error: unknown) => tell(`late lease ${codeOf(error)}`)),
  store.backlog({ queue: 'queue' }).catch((error: unknown) => tell(`late backlog ${codeOf(error)}`)),
]);
store.onFailure((error) => tell(`told late ${error.code}`));
await store.close();
tell('closed');
