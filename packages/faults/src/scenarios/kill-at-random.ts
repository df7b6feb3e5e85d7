import { setTimeout as delay } from 'node:timers/promises';
import { startFeed } from '../load/feed.ts';
import { createHistory } from '../history/history.ts';
import { HOOK_PATH, overEvents, overPoll, overPull } from '../pipelines.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';

const SENDERS = 4;
/** A kill comes at any moment of this time: after the start of the process, or after it is ready. */
const STARTING_MS = 1_000;
const WORKING_MS = 800;
/** While little of the feed waits for its sink, it grows by this much. */
const FEED_STEP = 20;
const RESTART_MAX_MS = 10_000;

export const killAtRandom: Scenario = {
  id: 'R-02',
  area: 'processes',
  title: 'kill -9 at random',
  rules: ['C1', 'C2', 'C3', 'C9', 'C10', 'C11'],
  shows:
    'Killed at any moment under load, also while it starts, the server comes back and has lost nothing that it accepted; order per key is kept.',
  rounds: { short: 3, long: 500, of: 'kills' },
  async run(stage) {
    const server = await stage.server({ database: 'embedded' });
    await server.restart();
    const feedHistory = createHistory();
    await using feed = await startFeed({ history: feedHistory, pageSize: 50 });
    const hooked = [
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', o) }),
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overEvents('read', o) }),
    ];
    const polled = await stage.lane({
      server,
      history: feedHistory,
      isSourceDone: () => feed.passed === feed.length,
      document: (o) => overPoll('polled', { ...o, feedUrl: feed.url }),
    });
    const lanes = [...hooked, polled];
    const senders = hooked.map((lane) => lane.senders({ count: SENDERS }));
    const growing = setInterval(() => {
      if (feed.length - polled.sink.taken < 200) feed.grow(FEED_STEP);
    }, 20);
    const restarts: number[] = [];
    try {
      for (let kill = 1; kill <= stage.rounds; kill += 1) {
        // Every third comes while it starts, the others while it works.
        const isEarly = kill % 3 === 0 && kill < stage.rounds;
        await delay(stage.between(0, isEarly ? STARTING_MS : WORKING_MS));
        await server.kill();
        if (kill % 3 === 2 && kill < stage.rounds) server.launch();
        else restarts.push((await server.restart()).ms);
        if (kill % 50 === 0)
          stage.note(`${kill} kills, ${senders.map(({ accepted }) => accepted).join(' and ')} accepted`);
      }
    } finally {
      clearInterval(growing);
    }
    await Promise.all(senders.map((one) => one.stop()));
    for (const lane of lanes) await lane.settle();
    const restartMs = Math.max(...restarts);
    return {
      figures: figuresOf(lanes, { restartMs }),
      anomalies: [
        ...lanes.flatMap((lane) => lane.anomalies({ isOrdered: true })),
        ...stage.expectWithin(restartMs, RESTART_MAX_MS, 'a restart'),
      ],
    };
  },
};
