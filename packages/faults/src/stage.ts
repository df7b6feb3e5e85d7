import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Random } from '@sluice/engine';
import type { Anomaly } from './history/checkers.ts';
import { createPreload, type Preload } from './injection/preload.ts';
import { openLane, type Lane, type LaneOptions } from './lane.ts';
import { createSluiceProcess, type SluiceProcess } from './process/sluice-process.ts';
import type { SharedDatabase } from './process/shared-database.ts';
import { expectThat } from './finding.ts';

interface ServerOptions {
  /** Puts the preload library in front of it; `log` keeps every event, with the bytes that went to disk. */
  readonly preload?: { readonly log: boolean };
  /** `embedded`: the server runs its own PostgreSQL, as it does for its users. */
  readonly database?: 'shared' | 'embedded';
  /** Another folder than the stage's own. */
  readonly dataDir?: string;
  readonly under?: readonly string[];
}

interface StagedServer {
  readonly server: SluiceProcess;
  readonly preload: Preload;
}

/** Where a scenario plays: its folder, its rounds, and the processes that end with it. */
export interface Stage extends AsyncDisposable {
  readonly folder: string;
  readonly rounds: number;
  /** False in the short runs of `npm test`. */
  readonly isLong: boolean;
  readonly random: Random;
  /** Every lane, for whoever keeps their histories. */
  readonly lanes: readonly Lane[];
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  /** A finding when it took longer. Not in short runs: they share their machine with other tests. */
  expectWithin(ms: number, mostMs: number, what: string): readonly Anomaly[];
  /** A server that is not started yet. */
  server(): Promise<SluiceProcess>;
  server(options: ServerOptions & { readonly preload: { readonly log: boolean } }): Promise<StagedServer>;
  server(options: ServerOptions): Promise<SluiceProcess>;
  /** A pipeline on the running server, with its sink. */
  lane(options: LaneOptions): Promise<Lane>;
  /** Shown to whoever watches. */
  note(line: string): void;
}

export function createStage(o: {
  readonly folder: string;
  readonly rounds: number;
  readonly isLong: boolean;
  readonly random: Random;
  readonly database: () => Promise<SharedDatabase>;
  readonly note: (line: string) => void;
}): Stage {
  const lanes: Lane[] = [];
  const ending: AsyncDisposable[] = [];
  let folders = 0;

  async function server(options: ServerOptions = {}): Promise<SluiceProcess | StagedServer> {
    folders += 1;
    const folder = path.join(o.folder, `server-${folders}`);
    await mkdir(folder, { recursive: true });
    const preload =
      options.preload === undefined ? undefined : await createPreload({ folder, log: options.preload.log });
    const databaseUrl = options.database === 'embedded' ? undefined : (await o.database()).emptyUrl();
    const made = await createSluiceProcess({
      dataDir: options.dataDir ?? path.join(folder, 'data'),
      env: { ...preload?.env, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) },
      ...(options.under === undefined ? {} : { under: options.under }),
      onLife(event, life) {
        for (const { history } of lanes)
          history.add({
            proc: `life-${life}`,
            op: 'life',
            phase: event === 'starts' ? 'invoke' : 'info',
            key: '',
            id: `life-${life}`,
          });
      },
    });
    ending.push(made);
    if (preload === undefined) return made;
    ending.push({
      [Symbol.asyncDispose]: () => {
        preload[Symbol.dispose]();
        return Promise.resolve();
      },
    });
    return { server: made, preload };
  }

  return {
    folder: o.folder,
    rounds: o.rounds,
    isLong: o.isLong,
    random: o.random,
    lanes,
    between: (least, most) => least + Math.floor(o.random.next() * (most - least + 1)),
    expectWithin: (ms, mostMs, what) =>
      expectThat(!o.isLong || ms <= mostMs, `${what} took ${Math.round(ms)} ms, at most ${mostMs} are allowed`),
    server: server as Stage['server'], // the overloads say which of the two comes
    async lane(options) {
      const lane = await openLane(options);
      lanes.push(lane);
      ending.push(lane);
      return lane;
    },
    note: o.note,
    async [Symbol.asyncDispose]() {
      // Processes before their files and sinks after their callers: in the order in which they were made.
      for (const one of ending.splice(0)) await one[Symbol.asyncDispose]();
    },
  };
}
