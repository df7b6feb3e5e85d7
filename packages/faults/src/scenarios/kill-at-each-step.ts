import { setTimeout as delay } from 'node:timers/promises';
import { type BorderEvent, deliveredIn, statusOf } from '../injection/border-event.ts';
import { readEvents } from '../injection/event-log.ts';
import { preloadMissing, type Preload } from '../injection/preload.ts';
import type { Anomaly } from '../history/checkers.ts';
import { createHistory } from '../history/history.ts';
import type { Lane } from '../lane.ts';
import { type Feed, startFeed } from '../load/feed.ts';
import { HOOK_PATH, overEvents, overPoll, overPull } from '../pipelines.ts';
import type { SluiceProcess } from '../process/sluice-process.ts';
import { expectThat, type Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

export const killAtEachStep: Scenario = {
  id: 'F-01',
  area: 'processes',
  title: 'kill -9 before and after each system call of one message',
  rules: ['C1', 'C2', 'C3', 'C10'],
  shows:
    'Killed before or after each write, flush, answer and call on the way of a message, the next start loses nothing, delivers exactly once what was not at the sink yet or is acknowledged on disk, and otherwise at most once more.',
  rounds: { short: 4, long: 120, of: 'places at most' },
  missing: preloadMissing,
  async run(stage) {
    const { server, preload } = await stage.server({ preload: { log: true } });
    await server.restart();
    const feedHistory = createHistory();
    await using feed = await startFeed({ history: feedHistory, pageSize: 10 });
    const lanes = [
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', o) }),
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overEvents('read', o) }),
    ] as const;
    const polled = await stage.lane({
      server,
      history: feedHistory,
      isSourceDone: () => feed.passed === feed.length,
      document: (o) => overPoll('polled', { ...o, feedUrl: feed.url }),
    });
    const ways: readonly Way[] = [
      ...lanes.map((lane) => ({ lane, send: sendOverHook(lane) })),
      { lane: polled, send: sendOverFeed(polled, feed) },
    ];
    // Polls that find nothing are steps, too: while one message is watched, nobody else is to take any.
    await server.api('POST', `/pipelines/${polled.name}/pause`);

    const anomalies: Anomaly[] = [];
    const places = new Map<string, number>();
    let restartMs = 0;
    for (const way of ways) {
      if (way.lane === polled) {
        for (const { name } of lanes) await server.api('POST', `/pipelines/${name}/pause`);
        await server.api('POST', `/pipelines/${polled.name}/resume`);
      }
      for (const step of stepsOf(stage.rounds, ways.length, stage.isLong)) {
        const killed = await killAt({ server, preload, way, step });
        if (killed === undefined) break;
        places.set(killed.place, (places.get(killed.place) ?? 0) + 1);
        restartMs = Math.max(restartMs, killed.restartMs);
        anomalies.push(...killed.anomalies);
      }
    }
    const all = [...lanes, polled];
    return {
      figures: figuresOf(all, {
        restartMs,
        more: {
          kills: [...places.values()].reduce((sum, count) => sum + count, 0),
          places: [...places.keys()].join(', '),
        },
      }),
      anomalies: [...anomalies, ...all.flatMap((lane) => lane.anomalies({ isOrdered: true }))],
    };
  },
};

/** A way into the server and to a sink. */
interface Way {
  readonly lane: Lane;
  /** Sends one value; the answer resolves when it is kept. */
  readonly send: (number: number) => () => Promise<void>;
}

function sendOverHook(lane: Lane): Way['send'] {
  return (number) => {
    const senders = lane.senders({ count: 1, valuesEach: 1, prefix: `s${number}k` });
    return () => senders.finished();
  };
}

function sendOverFeed(lane: Lane, feed: Feed): Way['send'] {
  return () => {
    feed.grow(1);
    return () => lane.settle();
  };
}

/** The long version takes every step until none is left; the short one takes some along the way. */
function stepsOf(rounds: number, ways: number, isLong: boolean): readonly number[] {
  const each = Math.ceil(rounds / ways);
  return Array.from({ length: each }, (_, index) => (isLong ? index + 1 : 1 + index * 17));
}

/** `undefined`: the message was through before so many steps were made. */
async function killAt(o: {
  readonly server: SluiceProcess;
  readonly preload: Preload;
  readonly way: Way;
  readonly step: number;
}): Promise<
  { readonly place: string; readonly restartMs: number; readonly anomalies: readonly Anomaly[] } | undefined
> {
  const { server, preload, way, step } = o;
  const { lane } = way;
  const takenBefore = lane.sink.taken;
  const callsBefore = lane.sink.calls;
  const from = preload.get('events');
  const { life } = server;
  preload.set('killAt', from + step);
  const kept = way.send(step);
  const outcome = await Promise.race([server.ended().then(() => 'ended' as const), throughAndQuiet(lane, takenBefore)]);
  preload.set('killAt', 0);
  if (outcome === 'through' && !server.hasEnded()) {
    await kept();
    await lane.settle();
    return undefined;
  }
  await server.ended();
  const { ms } = await server.restart();
  await kept();
  await lane.settle();
  const events = readEvents(preload.logFile ?? '').filter((event) => event.life === life && event.number > from);
  const place = placeOf(events);
  const taken = lane.sink.taken - takenBefore;
  const calls = lane.sink.calls - callsBefore;
  return {
    place,
    restartMs: ms,
    anomalies: [
      ...expectThat(taken >= 1, `killed ${place} on ${lane.name}: it was never delivered`),
      ...expectThat(calls <= 2, `killed ${place} on ${lane.name}: the sink was called ${calls} times`),
      ...expectThat(
        isSinkCalled(events) || calls === 1,
        `killed ${place} on ${lane.name}, before any call: ${calls} calls`,
      ),
      ...expectThat(
        !isAcknowledged(events) || calls === 1,
        `killed ${place} on ${lane.name}, after the acknowledgement was on disk: ${calls} calls`,
      ),
    ],
  };
}

async function throughAndQuiet(lane: Lane, takenBefore: number): Promise<'through'> {
  await waitUntil(() => lane.sink.taken > takenBefore, 'the message is at its sink').catch(() => undefined);
  // The acknowledgement follows within a moment; a kill that is still to come belongs to it.
  await delay(150);
  return 'through';
}

function isSinkCalled(events: readonly BorderEvent[]): boolean {
  return events.some((event) => deliveredIn(event) !== undefined);
}

/** The sink's answer has come. A poller's feed answers, too, but on another socket. */
function isSinkAnswered(events: readonly BorderEvent[]): boolean {
  return sinkAnsweredAt(events) >= 0;
}

function sinkAnsweredAt(events: readonly BorderEvent[]): number {
  const called = events.find((event) => deliveredIn(event) !== undefined);
  return events.findIndex(({ kind, at, number }) => kind === 'answered' && at === called?.at && number > called.number);
}

/** After the sink had answered, a commit was made valid: the acknowledgement, since nothing else is going on. */
function isAcknowledged(events: readonly BorderEvent[]): boolean {
  return (
    isSinkAnswered(events) &&
    events
      .slice(sinkAnsweredAt(events))
      .some(({ kind, phase, isSynchronous }) => kind === 'write' && phase === 'end' && isSynchronous)
  );
}

/** Where the process was when it died, in the words of B9: before or after which step. */
function placeOf(events: readonly BorderEvent[]): string {
  const last = events.at(-1);
  if (last === undefined) return 'at once';
  const phase = last.phase === 'begin' ? 'before' : 'after';
  const hasAccepted = events.some(
    (event) =>
      statusOf(event) === 202 ||
      (event.kind === 'write' && event.phase === 'end' && event.isSynchronous && event !== last),
  );
  const part = isSinkAnswered(events) ? 'acknowledgement' : hasAccepted ? 'hand-out' : 'acceptance';
  switch (last.kind) {
    case 'write':
      return `${phase} the ${last.isSynchronous ? 'validating write' : 'page write'} of the ${part}`;
    case 'flush':
      return `${phase} the flush of the ${part}`;
    case 'answer':
      return `${phase} the answer 2xx`;
    case 'call':
      return `${phase} the ${deliveredIn(last) === undefined && !isSinkCalled(events) ? 'poll' : 'call of the sink'}`;
    case 'answered':
      return isSinkAnswered(events) ? 'after the answer of the sink' : 'after the answer to the poll';
    case 'resize':
      return `${phase} the file grew`;
  }
}
