import path from 'node:path';
import { ERRNO, type Preload, preloadMissing } from '../injection/preload.ts';
import { mountSmallDisk, type SmallDisk } from '../injection/small-disk.ts';
import type { Lane } from '../lane.ts';
import type { Senders } from '../load/senders.ts';
import { WELL } from '../load/sink.ts';
import { HOOK_PATH, overPull, SOON_FOR_EVER } from '../pipelines.ts';
import type { SluiceProcess } from '../process/sluice-process.ts';
import { type Anomaly } from '../history/checkers.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

const SENDERS = 8;
/** The server keeps 64 MiB of it in reserve (`DISK_RESERVE` of packages/runtime, and this disk is small). */
const DISK_MB = 100;
const PADDING = 'x'.repeat(60_000);

export const fullDisk: Scenario = {
  id: 'R-05',
  area: 'disks',
  title: 'disk full, then freed',
  rules: ['C1', 'C2', 'C4', 'C5'],
  shows:
    'A disk that fills up makes webhooks answer 507 with Retry-After while reads and deliveries go on, and 202 comes back with the room; filled to the last byte by others, the server ends, says why it cannot start, and has lost nothing.',
  rounds: { short: 1, long: 10, of: 'fillings' },
  missing: preloadMissing,
  async run(stage) {
    // Filling a real one takes its time.
    const disk = stage.isLong ? mountSmallDisk(path.join(stage.folder, 'disk'), DISK_MB) : undefined;
    try {
      return await fillAndFree(stage, disk);
    } finally {
      await stage[Symbol.asyncDispose]();
      await disk?.[Symbol.asyncDispose]();
    }
  },
};

async function fillAndFree(stage: Stage, disk: SmallDisk | undefined) {
  const { server, preload } = await stage.server({
    preload: { log: false },
    ...(disk === undefined ? {} : { dataDir: path.join(disk.dir, 'data') }),
  });
  await server.restart();
  const lane = await stage.lane({
    server,
    hookPath: HOOK_PATH,
    document: (o) => overPull('pulled', { ...o, work: { retry: SOON_FOR_EVER } }),
  });
  const badRetryAfter = new Set<string>();
  const senders = lane.senders({
    count: SENDERS,
    padding: PADDING,
    onAnswer({ status, retryAfter }) {
      if (status === 507 && !(Number(retryAfter) >= 1)) badRetryAfter.add(String(retryAfter));
    },
  });
  const anomalies: Anomaly[] = [];
  const o = { server, lane, senders, disk, preload };
  let restartMs: number | undefined;
  let endings = 0;
  for (let round = 1; round <= stage.rounds; round += 1) {
    anomalies.push(...(await fillWithBacklog(o)));
    await workOff(o);
    anomalies.push(...(await fillWithBacklog(o)));
    const filled = await fillToTheLastByte(o);
    anomalies.push(...filled.found);
    if (filled.restartMs === undefined) continue;
    endings += 1;
    restartMs = Math.max(restartMs ?? 0, filled.restartMs);
  }
  await senders.stop();
  await lane.settle();
  return {
    figures: figuresOf([lane], {
      ...(restartMs === undefined ? {} : { restartMs }),
      more: {
        'answers 507': senders.answers.get(507) ?? 0,
        'ended on the full disk': `${endings} of ${stage.rounds}`,
        disk: disk === undefined ? 'simulated by the preload library' : `tmpfs of ${DISK_MB} MiB`,
      },
    }),
    anomalies: [
      ...anomalies,
      ...[...badRetryAfter].map((value) => ({ name: 'other' as const, detail: `507 came with Retry-After ${value}` })),
      ...lane.anomalies({ isOrdered: true }),
    ],
  };
}

interface Filling {
  readonly server: SluiceProcess;
  readonly lane: Lane;
  readonly senders: Senders;
  readonly disk: SmallDisk | undefined;
  readonly preload: Preload;
}

/** The backlog of a sink that is down fills the disk, until webhooks are refused; reads go on. */
async function fillWithBacklog({ lane, senders, disk, preload }: Filling): Promise<readonly Anomaly[]> {
  const refusals = (): number => senders.answers.get(507) ?? 0;
  const before = refusals();
  lane.sink.behave(() => ({ status: 503 }));
  if (disk === undefined) {
    await senders.accept(senders.accepted + 200);
    preload.set('freeBytes', 1_048_576);
  }
  await waitUntil(() => refusals() > before + SENDERS, 'webhooks are refused for lack of room');
  const [wire] = Object.values((await lane.status()).wires);
  const looked = await lane.waitingOn(wire?.id ?? '');
  return expectThat(
    (wire?.depth ?? 0) > 0 && looked.length > 0,
    `while the disk was short the wire showed ${wire?.depth} messages and ${looked.length} of them could be looked at`,
  );
}

/** When the sink is back the backlog is worked off, and intake opens by itself. */
async function workOff({ lane, senders, disk, preload }: Filling): Promise<void> {
  lane.sink.behave(WELL);
  if (disk === undefined) preload.set('freeBytes', 0);
  await senders.accept(senders.accepted + 50);
}

/**
 * Somebody else takes what was kept in reserve, to the last byte. The server may go on with the room inside its file, or
 * end, but must not lie; if it ended, it starts again when there is room.
 */
async function fillToTheLastByte(
  o: Filling,
): Promise<{ readonly restartMs: number | undefined; readonly found: readonly Anomaly[] }> {
  const { server, lane, disk, preload } = o;
  if (disk === undefined) preload.set('writeError', ERRNO.ENOSPC);
  else await disk.fillUp();
  lane.sink.behave(WELL);
  await waitUntil(
    async () => server.hasEnded() || (await isWorkedOff(lane)),
    'the server ends on the full disk or works off its backlog',
  );
  const found: Anomaly[] = [];
  const hasEnded = server.hasEnded();
  if (hasEnded) {
    found.push(...expectThat((await server.ended()).isFailure, 'on a full disk it ended with status 0'));
    if (disk !== undefined) {
      server.launch();
      found.push(
        ...expectThat((await server.ended()).isFailure, 'started on a full disk it ended with status 0'),
        ...expectThat(/disk is full|no space/i.test(server.output()), 'it does not say that the disk is full'),
      );
    }
  }
  preload.set('writeError', 0);
  preload.set('freeBytes', 0);
  await disk?.free();
  return { restartMs: hasEnded ? (await server.restart()).ms : undefined, found };
}

async function isWorkedOff(lane: Lane): Promise<boolean> {
  try {
    return Object.values((await lane.status()).wires).every(({ depth }) => depth === 0);
  } catch {
    // It has just ended.
    return false;
  }
}
