import { setTimeout as delay } from 'node:timers/promises';
import { createHistory } from '../history/history.ts';
import { preloadMissing } from '../injection/preload.ts';
import { startFeed } from '../load/feed.ts';
import { HOOK_PATH, overEvents, overPoll, overPull, SOON_FOR_EVER } from '../pipelines.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';

const SENDERS = 4;
const HOUR_MS = 3_600_000;
const APART_MS = 400;
/** Share of the calls that fail at first, so that retries are due at some moment when the clock is set. */
const FAILING_SHARE = 0.3;

export const clockSteps: Scenario = {
  id: 'F-02',
  area: 'loads',
  title: 'the clock is set by an hour, forward and back',
  rules: ['C2', 'C6', 'C9', 'C11', 'C14'],
  shows:
    'Set by an hour in either direction under load, also over a restart, nothing is lost, nothing gets stuck, and order is kept.',
  rounds: { short: 4, long: 60, of: 'steps' },
  missing: preloadMissing,
  async run(stage) {
    const { server, preload } = await stage.server({ preload: { log: false } });
    await server.restart();
    const dateStepMs = (): number => preload.get('dateStepMs');
    const feedHistory = createHistory();
    await using feed = await startFeed({ history: feedHistory, pageSize: 20 });
    const work = { retry: SOON_FOR_EVER };
    const lanes = [
      await stage.lane({
        server,
        dateStepMs,
        hookPath: HOOK_PATH,
        document: (o) => overPull('pulled', { ...o, work }),
      }),
      await stage.lane({
        server,
        dateStepMs,
        hookPath: HOOK_PATH,
        document: (o) => overEvents('read', { ...o, work }),
      }),
      await stage.lane({
        server,
        history: feedHistory,
        isSourceDone: () => feed.passed === feed.length,
        document: (o) => overPoll('polled', { ...o, feedUrl: feed.url, work }),
      }),
    ];
    for (const { sink } of lanes)
      sink.behave(({ attempt }) => ({ status: attempt === 1 && stage.random.next() < FAILING_SHARE ? 503 : 200 }));
    const senders = lanes.slice(0, 2).map((lane) => lane.senders({ count: SENDERS }));
    let restartMs = 0;
    for (let step = 0; step < stage.rounds; step += 1) {
      await delay(APART_MS);
      feed.grow(20);
      const direction = stage.random.next() < 0.5 ? 1 : -1;
      preload.set('dateStepMs', dateStepMs() + direction * HOUR_MS);
      if (step % 4 === 3) {
        await delay(stage.between(0, APART_MS));
        await server.kill();
        restartMs = Math.max(restartMs, (await server.restart()).ms);
      }
    }
    await delay(APART_MS);
    await Promise.all(senders.map((one) => one.stop()));
    for (const lane of lanes) await lane.settle();
    return {
      figures: figuresOf(lanes, restartMs === 0 ? {} : { restartMs }),
      anomalies: lanes.flatMap((lane) => lane.anomalies({ isOrdered: true })),
    };
  },
};
