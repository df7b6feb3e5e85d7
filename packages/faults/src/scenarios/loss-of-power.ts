import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { acceptedIn, type BorderEvent, deliveredIn } from '../injection/border-event.ts';
import { crashImage } from '../injection/crash-image.ts';
import { readEvents } from '../injection/event-log.ts';
import { preloadMissing, STORE_FILE } from '../injection/preload.ts';
import { HOOK_PATH, overEvents, overPull } from '../pipelines.ts';
import { expectThat, finding } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { startStoreReader, type StoreReader } from '../store-reader/store-reader.ts';
import type { Stage } from '../stage.ts';
import { figuresOf } from './figures-of.ts';

const SENDERS = 8;
const CONTROL_CUTS = 5;
const VALUES = { short: 300, long: 2_000 } as const;

export const lossOfPower: Scenario = {
  id: 'R-03',
  area: 'disks',
  title: 'loss of power',
  rules: ['C1', 'C2', 'C9', 'C11'],
  shows:
    'Cut off at any moment, with any part of the unflushed pages on disk, the store opens and holds everything that was accepted and not yet handed to the sink.',
  rounds: { short: 8, long: 200, of: 'cuts' },
  missing: preloadMissing,
  async run(stage) {
    const { server, preload } = await stage.server({ preload: { log: true } });
    await server.restart();
    // Slow enough that a good part of what was accepted waits at any time, and fast enough that pages are used again.
    const work = { workers: 2 };
    const lanes = [
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', { ...o, work }) }),
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overEvents('read', { ...o, work }) }),
    ];
    const valuesEach = Math.ceil((stage.isLong ? VALUES.long : VALUES.short) / lanes.length / SENDERS);
    const senders = lanes.map((lane) => lane.senders({ count: SENDERS, valuesEach }));
    await Promise.all(senders.map((one) => one.finished()));
    for (const lane of lanes) await lane.settle();
    await server.stop();

    const events = readEvents(preload.logFile ?? '');
    const first = events.findIndex((event) => acceptedIn(event) !== undefined);
    const anomalies = lanes.flatMap((lane) => lane.anomalies({ isOrdered: true }));
    await using reader = startStoreReader();
    let held = 0;
    for (let cut = 1; cut <= stage.rounds; cut += 1) {
      const cutAt = stage.between(first, events.length);
      const { mustWait, complaints } = await openAfterCut(stage, { reader, events, cutAt });
      held += mustWait;
      anomalies.push(...complaints.map((what) => finding(`after a cut at event ${cutAt}: ${what}`)));
    }
    // The same check on a disk that takes flushes for nothing has to find something: else it would find nothing anywhere.
    const unflushed = events.filter(({ kind }) => kind !== 'flush');
    let caught = 0;
    for (let cut = 1; cut <= CONTROL_CUTS; cut += 1) {
      const cutAt = stage.between(first, unflushed.length);
      const { complaints } = await openAfterCut(stage, { reader, events: unflushed, cutAt });
      if (complaints.length > 0) caught += 1;
    }
    return {
      figures: figuresOf(lanes, {
        more: {
          'accepted and waiting at the cuts, in all': held,
          'broken stores on a disk that ignores flushes (control)': `${caught} of ${CONTROL_CUTS}`,
        },
      }),
      anomalies: [
        ...anomalies,
        ...expectThat(held > 0, 'nothing waited at any cut, so nothing was shown'),
        ...expectThat(caught > 0, 'a disk that never flushed passed for a good one'),
      ],
    };
  },
};

async function openAfterCut(
  stage: Stage,
  o: { readonly reader: StoreReader; readonly events: readonly BorderEvent[]; readonly cutAt: number },
): Promise<{ readonly mustWait: number; readonly complaints: readonly string[] }> {
  const dir = path.join(stage.folder, 'cut');
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, STORE_FILE), crashImage(o.events, o.cutAt, stage.random));
  const store = await o.reader.read({ dir });
  await rm(dir, { recursive: true });
  const ids = new Set(store.ids);
  const before = o.events.slice(0, o.cutAt);
  const delivered = new Set(before.map(deliveredIn));
  const accepted = before.map(acceptedIn).filter((id) => id !== undefined);
  const mustWait = accepted.filter((id) => !delivered.has(id));
  const lost = mustWait.filter((id) => !ids.has(id));
  return {
    mustWait: mustWait.length,
    complaints: [...lost.map((id) => `message ${id} was accepted and is gone`), ...store.complaints],
  };
}
