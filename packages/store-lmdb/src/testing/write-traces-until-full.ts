import { writeSync } from 'node:fs';
import { openLmdbTraceStore } from '../index.ts';
import { realClock } from './real-clock.ts';

/** Records until the disk refuses, and tells what each call says from then on. */
const tell = (line: string): void => {
  writeSync(1, `${line}\n`);
};
process.on('unhandledRejection', (error) => tell(`unhandled ${String(error)}`));

const store = await openLmdbTraceStore({
  dir: process.argv[2] ?? '',
  clock: realClock,
  bounds: { hops: 1_000_000, bytes: 1_000_000_000, ageMs: 3_600_000 },
});
const record = (number: number, length: number): Promise<void> =>
  store.record([
    {
      correlationId: `c${number}`,
      messageId: 'm',
      pipelineId: 'p',
      version: 1,
      nodeId: 'n',
      kind: 'failed',
      at: Date.now(),
      text: 'x'.repeat(length),
    },
  ]);

let recorded = 0;
for (; ; recorded += 1) {
  try {
    await record(recorded, 20_000);
  } catch {
    tell('refused');
    break;
  }
}
await record(recorded, 200_000).catch(() => tell('refused again'));
tell((await store.trace('c0')).length === 1 ? 'reads what is there' : 'has lost what was there');
const { hops } = await store.usage();
tell(hops === recorded ? 'counts what is there' : `counts ${hops} of ${recorded}`);
await store.close();
tell('closed');
