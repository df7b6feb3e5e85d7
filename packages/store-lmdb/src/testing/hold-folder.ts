import { writeSync } from 'node:fs';
import { openLmdbStore } from '../index.ts';
import { realClock } from './real-clock.ts';

/** Opens the store and holds it until it is killed. */
await openLmdbStore({ dir: process.argv[2] ?? '', clock: realClock });
writeSync(1, 'open\n');
setInterval(() => undefined, 1_000_000); // nothing else keeps the process alive
