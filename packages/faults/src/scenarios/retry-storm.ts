import { setTimeout as delay } from 'node:timers/promises';
import { HOOK_PATH, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

const SENDERS = 16;
const WORKERS = 8;
const MINIMUM_CALLS = 10;
const BREAKER_OPENS_MAX_MS = 30_000;
/** The outage, and how long the breaker stays open before its first probe. */
const TIMES = {
  short: { backlog: 400, outageMs: 2_500, openForMs: 300, ratePerSecond: 300 },
  long: { backlog: 10_000, outageMs: 600_000, openForMs: 10_000, ratePerSecond: 500 },
} as const;
/** Probes come at the earliest after 80 % of the open time, which doubles up to a minute. */
const EARLIEST_SHARE = 0.8;
/** Of the calls of a drain, so many may be told 429: the target rests after each, so they do not pile up. */
const TOLD_429_SHARE_MAX = 0.2;

export const retryStorm: Scenario = {
  id: 'R-12',
  area: 'loads',
  title: 'sink down with a backlog',
  rules: ['C5', 'C6', 'C7'],
  shows:
    'While the sink fails, the breaker opens and only probes reach it; when it is back but limits its rate, the backlog drains without hammering it.',
  rounds: { short: 1, long: 1, of: 'outages' },
  async run(stage) {
    const { backlog, outageMs, openForMs, ratePerSecond } = stage.isLong ? TIMES.long : TIMES.short;
    const server = await stage.server();
    await server.restart();
    const work = {
      workers: WORKERS,
      retry: { attempts: 30, base: '50ms', cap: '1s' },
      breaker: { minimumCalls: MINIMUM_CALLS, openFor: `${openForMs}ms` },
    };
    const lane = await stage.lane({
      server,
      hookPath: HOOK_PATH,
      document: (o) => overPull('pulled', { ...o, work, queue: { orderBy: '$id' } }),
    });
    const anomalies = [];
    let attempts = 0;
    let opensAfterMs = 0;
    let told429 = 0;
    for (let round = 0; round < stage.rounds; round += 1) {
      let failed = 0;
      lane.sink.behave(() => {
        failed += 1;
        return { status: 503 };
      });
      const began = performance.now();
      const senders = lane.senders({
        count: SENDERS,
        valuesEach: Math.ceil(backlog / SENDERS),
        prefix: `r${round}k`,
      });
      await waitUntil(async () => (await lane.status()).nodes['book']?.breaker === 'open', 'the breaker is open');
      opensAfterMs = Math.max(opensAfterMs, performance.now() - began);
      await delay(Math.max(0, outageMs - (performance.now() - began)));
      const bound = MINIMUM_CALLS + WORKERS + probesMost(performance.now() - began, openForMs);
      attempts = Math.max(attempts, failed);
      anomalies.push(
        ...expectThat(failed <= bound, `${failed} calls reached the sink in the outage, at most ${bound} may`),
      );

      // It is back, and takes so many a second; whoever comes beyond is told to wait.
      const limiter = createLimiter(ratePerSecond);
      const before = lane.sink.taken;
      lane.sink.behave(() => {
        if (limiter()) return { status: 200 };
        told429 += 1;
        return { status: 429, retryAfterSeconds: 1 };
      });
      await senders.finished();
      await lane.settle(300_000);
      const drained = lane.sink.taken - before;
      anomalies.push(
        ...expectThat(
          told429 <= drained * TOLD_429_SHARE_MAX,
          `${told429} calls were told 429 while ${drained} were taken`,
        ),
      );
    }
    return {
      figures: figuresOf([lane], {
        more: {
          'outage, s': outageMs / 1_000,
          'breaker open after, ms': opensAfterMs,
          'calls in the outage': attempts,
          'told 429 in the drain': told429,
        },
      }),
      anomalies: [
        ...anomalies,
        ...stage.expectWithin(opensAfterMs, BREAKER_OPENS_MAX_MS, 'the opening of the breaker'),
        ...lane.anomalies({ isOrdered: false }),
      ],
    };
  },
};

/** Probes that a breaker may send within the time. */
function probesMost(ms: number, openForMs: number): number {
  let probes = 0;
  for (let spent = 0, open = openForMs; ; open = Math.min(open * 2, Math.max(60_000, openForMs))) {
    spent += open * EARLIEST_SHARE;
    if (spent > ms) return probes;
    probes += 1;
  }
}

/** Lets so many through in each second. */
function createLimiter(perSecond: number): () => boolean {
  let second = 0;
  let used = 0;
  return () => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) used = 0;
    second = now;
    used += 1;
    return used <= perSecond;
  };
}
