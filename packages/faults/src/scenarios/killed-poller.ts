import { setTimeout as delay } from 'node:timers/promises';
import { createHistory } from '../history/history.ts';
import { startFeed } from '../load/feed.ts';
import { overPoll } from '../pipelines.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';

const PAGE_SIZE = 40;
/** From the moment at which the page leaves the feed: most of it is over by then, and the cursor is stored. */
const KILL_WITHIN_MS = 40;

export const killedPoller: Scenario = {
  id: 'R-14',
  area: 'processes',
  title: 'poller killed between page and cursor',
  rules: ['C3', 'C10'],
  shows: 'A poller that dies with a page in hand leaves no gap; what it gives again it gives under the same id.',
  rounds: { short: 2, long: 200, of: 'kills' },
  async run(stage) {
    const server = await stage.server();
    await server.restart();
    const history = createHistory();
    await using feed = await startFeed({ history, pageSize: PAGE_SIZE });
    const lane = await stage.lane({
      server,
      history,
      isSourceDone: () => feed.passed === feed.length,
      document: (o) => overPoll('polled', { ...o, feedUrl: feed.url }),
    });
    let restartMs = 0;
    for (let kill = 0; kill < stage.rounds; kill += 1) {
      const paged = Promise.withResolvers<void>();
      feed.onPage((items) => {
        if (items > 0) paged.resolve();
      });
      feed.grow(stage.between(1, PAGE_SIZE * 3));
      await paged.promise;
      await delay(stage.between(0, KILL_WITHIN_MS));
      await server.kill();
      feed.onPage(undefined);
      restartMs = Math.max(restartMs, (await server.restart()).ms);
    }
    await lane.settle();
    return {
      figures: figuresOf([lane], { restartMs, more: { polls: feed.polls } }),
      anomalies: lane.anomalies({ isOrdered: true }),
    };
  },
};
