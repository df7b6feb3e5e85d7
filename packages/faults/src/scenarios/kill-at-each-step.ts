import { setTimeout as delay } from 'node:timers/promises';
import type { Anomaly } from '../history/checkers.ts';
import { createHistory } from '../history/history.ts';
import type { BorderEvent } from '../injection/border-event.ts';
import { readEvents } from '../injection/event-log.ts';
import { type Preload, preloadMissing } from '../injection/preload.ts';
import { isAcknowledged, isSinkCalled, placeOf } from '../injection/way-of-message.ts';
import type { Lane } from '../lane.ts';
import { startFeed } from '../load/feed.ts';
import { HOOK_PATH, overEvents, overPoll, overPull } from '../pipelines.ts';
import type { SluiceProcess } from '../process/sluice-process.ts';
import { expectThat } from '../finding.ts';
import type { Figures, Outcome, Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

/** What follows the sink's answer is over within this. */
const AFTERWARDS_MS = 150;

export const killAtEachStep: Scenario = {
  id: 'F-01',
  area: 'processes',
  title: 'kill -9 before and after each system call of one message',
  rules: ['C1', 'C2', 'C3', 'C10'],
  shows:
    'Killed before or after each write, flush, answer and call on the way of a message, the next start loses nothing, delivers exactly once what was not at the sink yet or is acknowledged on disk, and otherwise at most once more.',
  rounds: { short: 2, long: 100, of: 'steps of each way at most' },
  missing: preloadMissing,
  async run(stage) {
    const outcomes = [
      await killAlong(stage, (options) => openHookWay(stage, options, overPull)),
      // The short version takes some steps of the shortest way.
      ...(stage.isLong
        ? [
            await killAlong(stage, (options) => openHookWay(stage, options, overEvents)),
            await killAlong(stage, (options) => openFeedWay(stage, options)),
          ]
        : []),
    ];
    return together(outcomes);
  },
};

/** A way into a server of its own and to a sink. */
interface Way extends AsyncDisposable {
  readonly lane: Lane;
  /** Sends one value; the answer resolves when it is kept. */
  readonly send: () => () => Promise<void>;
}

interface Watched {
  readonly server: SluiceProcess;
  readonly preload: Preload;
}

async function openHookWay(
  stage: Stage,
  { server }: Watched,
  document: typeof overPull | typeof overEvents,
): Promise<Way> {
  const lane = await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => document('stepped', o) });
  let sent = 0;
  return {
    lane,
    send() {
      sent += 1;
      const senders = lane.senders({ count: 1, valuesEach: 1, prefix: `s${sent}k` });
      return () => senders.finished();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function openFeedWay(stage: Stage, { server }: Watched): Promise<Way> {
  const history = createHistory();
  const feed = await startFeed({ history, pageSize: 10 });
  const lane = await stage.lane({
    server,
    history,
    isSourceDone: () => feed.passed === feed.length,
    document: (o) => overPoll('stepped', { ...o, feedUrl: feed.url }),
  });
  return {
    lane,
    send() {
      feed.grow(1);
      return () => lane.settle();
    },
    [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
  };
}

async function killAlong(stage: Stage, open: (watched: Watched) => Promise<Way>): Promise<Outcome> {
  const watched = await stage.server({ preload: { log: true } });
  await watched.server.restart();
  await using way = await open(watched);
  const steps = await countSteps({ ...watched, way });
  const anomalies: Anomaly[] = [];
  const places = new Set<string>();
  let kills = 0;
  let restartMs = 0;
  for (const step of stage.isLong ? upTo(Math.min(steps, stage.rounds)) : some(stage, steps)) {
    const killed = await killAt({ ...watched, way, step });
    // A message may take a step less than the one that was counted.
    if (killed === undefined) continue;
    kills += 1;
    places.add(killed.place);
    restartMs = Math.max(restartMs, killed.restartMs);
    anomalies.push(...killed.anomalies);
  }
  return {
    figures: figuresOf([way.lane], { restartMs, more: { kills, places: [...places].join(', ') } }),
    anomalies: [
      ...anomalies,
      ...way.lane.anomalies({ isOrdered: true }),
      ...expectThat(kills > 0, 'nothing was killed, so nothing was shown'),
    ],
  };
}

/** How many events one message causes that nothing happens to. */
async function countSteps({ server, preload, way }: Watched & { readonly way: Way }): Promise<number> {
  await way.lane.settle();
  const from = preload.get('events');
  const takenBefore = way.lane.sink.taken;
  const kept = way.send();
  await throughAndQuiet(way.lane, takenBefore);
  const last = eventsOf({ server, preload, from }).length;
  await kept();
  await way.lane.settle();
  return last;
}

/** `undefined`: the message was through before so many steps were made. */
async function killAt(
  o: Watched & { readonly way: Way; readonly step: number },
): Promise<{ readonly place: string; readonly restartMs: number; readonly anomalies: readonly Anomaly[] } | undefined> {
  const { server, preload, step } = o;
  const { lane, send } = o.way;
  const before = { taken: lane.sink.taken, calls: lane.sink.calls };
  const from = preload.get('events');
  preload.set('killAt', from + step);
  const kept = send();
  await Promise.race([server.ended(), throughAndQuiet(lane, before.taken)]);
  preload.set('killAt', 0);
  if (preload.get('events') < from + step) {
    await kept();
    await lane.settle();
    return undefined;
  }
  await server.ended();
  const events = eventsOf({ server, preload, from });
  const { ms } = await server.restart();
  await kept();
  await lane.settle();
  const place = placeOf(events);
  const taken = lane.sink.taken - before.taken;
  const calls = lane.sink.calls - before.calls;
  return {
    place,
    restartMs: ms,
    anomalies: [
      ...expectThat(taken >= 1, `killed ${place}: it was never delivered`),
      ...expectThat(calls <= 2, `killed ${place}: the sink was called ${calls} times`),
      ...expectThat(isSinkCalled(events) || calls === 1, `killed ${place}, before any call: ${calls} calls`),
      ...expectThat(
        !isAcknowledged(events) || calls === 1,
        `killed ${place}, after the acknowledgement was on disk: ${calls} calls`,
      ),
    ],
  };
}

function eventsOf({ server, preload, from }: Watched & { readonly from: number }): readonly BorderEvent[] {
  return readEvents(preload.logFile ?? '').filter(({ life, number }) => life === server.life && number > from);
}

/** Resolves, too, when it never gets there, as when the process has died. */
async function throughAndQuiet(lane: Lane, takenBefore: number): Promise<void> {
  await waitUntil(() => lane.sink.taken > takenBefore, 'the message is at its sink').catch(() => undefined);
  await delay(AFTERWARDS_MS);
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Another choice each time, spread over the whole way. */
function some(stage: Stage, steps: number): readonly number[] {
  const share = Math.floor(steps / stage.rounds);
  return Array.from({ length: stage.rounds }, (_, index) => index * share + stage.between(1, share));
}

function together(outcomes: readonly Outcome[]): Outcome {
  const sum = (count: (figures: Figures) => number): number =>
    outcomes.reduce((total, { figures }) => total + count(figures), 0);
  const places = new Set(outcomes.flatMap(({ figures }) => String(figures.more?.['places']).split(', ')));
  return {
    figures: {
      accepted: sum(({ accepted }) => accepted),
      lost: sum(({ lost }) => lost),
      repeated: sum(({ repeated }) => repeated),
      dead: sum(({ dead }) => dead),
      restartMs: Math.max(...outcomes.map(({ figures }) => figures.restartMs ?? 0)),
      more: { kills: sum(({ more }) => Number(more?.['kills'])), 'different places': places.size },
    },
    anomalies: outcomes.flatMap(({ anomalies }) => anomalies),
  };
}
