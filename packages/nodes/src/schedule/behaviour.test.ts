import type { Json, PreparedPullSource } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { aPoll, createNodeBench, NOON } from '../testing/node-bench.ts';
import { scheduleBehaviour } from './behaviour.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const bench = createNodeBench(scheduleBehaviour);
const prepare = (config: Readonly<Record<string, unknown>>) => bench.prepare('pull-source', config);

/** Polls as the engine does, at times of our choosing. */
function aSchedule(node: PreparedPullSource) {
  let cursor: Json | undefined;
  return {
    async at(now: number) {
      const page = await node.poll(aPoll(cursor, now));
      if (page.cursor !== undefined) cursor = page.cursor;
      return { ...page, scheduled: page.outputs.map(({ identity }) => identity) };
    },
  };
}

const iso = (ms: number) => new Date(ms).toISOString();

describe('a schedule', () => {
  test('gives nothing at its first start, and then each time once', async () => {
    const schedule = aSchedule(await prepare({ cron: '*/15 * * * *' }));
    expect(await schedule.at(NOON + 1)).toMatchObject({ outputs: [], nextPollMs: 15 * MINUTE - 1 });
    expect(await schedule.at(NOON + 15 * MINUTE)).toMatchObject({
      scheduled: [iso(NOON + 15 * MINUTE)],
      nextPollMs: 15 * MINUTE,
    });
    expect(await schedule.at(NOON + 15 * MINUTE)).toMatchObject({ scheduled: [] });
    expect(await schedule.at(NOON + 30 * MINUTE + 2_000)).toMatchObject({ scheduled: [iso(NOON + 30 * MINUTE)] });
  });

  test('says which time it is, which came before, and how many were missed', async () => {
    const schedule = aSchedule(await prepare({ every: '1h' }));
    await schedule.at(NOON);
    const first = await schedule.at(NOON + HOUR);
    expect(first.outputs).toEqual([
      {
        payload: { scheduledAt: iso(NOON + HOUR), previousAt: null, missed: 0 },
        identity: iso(NOON + HOUR),
        eventTime: NOON + HOUR,
      },
    ]);
    const second = await schedule.at(NOON + 4 * HOUR);
    expect(second.outputs[0]?.payload).toEqual({
      scheduledAt: iso(NOON + 4 * HOUR),
      previousAt: iso(NOON + HOUR),
      missed: 2,
    });
  });

  test('polls that come early give nothing and store nothing', async () => {
    const schedule = aSchedule(await prepare({ every: '1h' }));
    await schedule.at(NOON + 1);
    expect(await schedule.at(NOON + 2)).not.toHaveProperty('cursor');
  });

  test('counts a distance from 1970, so a restart moves nothing', async () => {
    const schedule = aSchedule(await prepare({ every: '7s' }));
    const { nextPollMs } = await schedule.at(NOON);
    expect((NOON + nextPollMs) % 7_000).toBe(0);
  });

  test('looks at the clock at least every hour', async () => {
    const schedule = aSchedule(await prepare({ cron: '0 0 1 1 *' }));
    expect((await schedule.at(NOON)).nextPollMs).toBe(HOUR);
  });

  test('goes on when the clock is set back', async () => {
    const schedule = aSchedule(await prepare({ every: '1h' }));
    await schedule.at(NOON + 5 * DAY);
    await schedule.at(NOON + 1);
    expect(await schedule.at(NOON + HOUR)).toMatchObject({ scheduled: [iso(NOON + HOUR)] });
  });

  test('does not repeat when the clock is set back a little', async () => {
    const schedule = aSchedule(await prepare({ every: '1m' }));
    await schedule.at(NOON);
    await schedule.at(NOON + 10 * MINUTE);
    expect(await schedule.at(NOON + 5 * MINUTE)).toMatchObject({ scheduled: [], nextPollMs: 6 * MINUTE });
  });

  test('a poll that is repeated gives the same ids', async () => {
    const node = await prepare({ every: '1m', missed: 'all' });
    const first = await node.poll(aPoll(undefined, NOON));
    const [once, again] = [
      await node.poll(aPoll(first.cursor, NOON + 3 * MINUTE)),
      await node.poll(aPoll(first.cursor, NOON + 4 * MINUTE)),
    ];
    expect(again.outputs.slice(0, 3)).toEqual(once.outputs);
  });
});

describe('missed runs', () => {
  const stoppedFor = async (config: Record<string, unknown>, ms: number) => {
    const schedule = aSchedule(await prepare({ every: '1h', ...config }));
    await schedule.at(NOON);
    return schedule.at(NOON + ms);
  };

  test('become one run by default, that of the newest', async () => {
    const page = await stoppedFor({}, 5 * HOUR + 10 * MINUTE);
    expect(page.outputs.map(({ payload }) => payload)).toEqual([
      { scheduledAt: iso(NOON + 5 * HOUR), previousAt: null, missed: 4 },
    ]);
  });

  test('are each run, oldest first', async () => {
    const page = await stoppedFor({ missed: 'all' }, 3 * HOUR);
    expect(page.scheduled).toEqual([iso(NOON + HOUR), iso(NOON + 2 * HOUR), iso(NOON + 3 * HOUR)]);
    expect(page.outputs.map(({ payload }) => (payload as { previousAt: string | null }).previousAt)).toEqual([
      null,
      iso(NOON + HOUR),
      iso(NOON + 2 * HOUR),
    ]);
  });

  test('are each run up to a number, the newest', async () => {
    const page = await stoppedFor({ missed: 'all', missedLimit: 2 }, 10 * HOUR);
    expect(page.outputs.map(({ payload }) => payload)).toMatchObject([
      { scheduledAt: iso(NOON + 9 * HOUR), missed: 8 },
      { scheduledAt: iso(NOON + 10 * HOUR), missed: 0 },
    ]);
  });

  test('are skipped, and the next punctual one tells nothing of it', async () => {
    const schedule = aSchedule(await prepare({ every: '1h', missed: 'skip' }));
    await schedule.at(NOON);
    expect(await schedule.at(NOON + 5 * HOUR + 2 * MINUTE)).toMatchObject({ scheduled: [] });
    expect(await schedule.at(NOON + 6 * HOUR + 30_000)).toMatchObject({ scheduled: [iso(NOON + 6 * HOUR)] });
  });

  test('of a long stop with a short distance are counted only so far', async () => {
    const schedule = aSchedule(await prepare({ every: '1s' }));
    await schedule.at(NOON);
    const started = performance.now();
    const page = await schedule.at(NOON + 365 * DAY);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(page.outputs).toMatchObject([{ payload: { missed: 1_000 } }]);
    expect(await schedule.at(NOON + 365 * DAY + 1_000)).toMatchObject({ scheduled: [iso(NOON + 365 * DAY + 1_000)] });
  });
});

describe('a cron pattern', () => {
  const runsOf = async (config: Record<string, unknown>, from: number, count: number) => {
    const schedule = aSchedule(await prepare(config));
    let now = from;
    const runs: string[] = [];
    let page = await schedule.at(now);
    while (runs.length < count) {
      now += page.nextPollMs;
      page = await schedule.at(now);
      runs.push(...page.scheduled.map(String));
    }
    return runs;
  };

  test('follows its time zone', async () => {
    expect(await runsOf({ cron: '0 6 * * 1-5', timezone: 'Europe/Berlin' }, Date.UTC(2026, 5, 5, 12), 2)).toEqual([
      '2026-06-08T04:00:00.000Z',
      '2026-06-09T04:00:00.000Z',
    ]);
  });

  test('that summer time skips runs right after the gap', async () => {
    expect(await runsOf({ cron: '30 2 * * *', timezone: 'Europe/Berlin' }, Date.UTC(2026, 2, 28, 12), 2)).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  test('that comes twice in autumn runs once', async () => {
    expect(await runsOf({ cron: '30 2 * * *', timezone: 'Europe/Berlin' }, Date.UTC(2026, 9, 24, 12), 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('can count seconds, and be a word', async () => {
    expect(await runsOf({ cron: '*/20 * * * * *' }, NOON, 2)).toEqual([iso(NOON + 20_000), iso(NOON + 40_000)]);
    expect(await runsOf({ cron: '@hourly' }, NOON, 1)).toEqual([iso(NOON + HOUR)]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ cron: '61 * * * *' }, 'schedule-invalid'],
    [{ cron: '0 0 30 2 *' }, 'schedule-invalid'],
    [{ cron: '0 0 * * *', timezone: 'Europe/Atlantis' }, 'schedule-invalid'],
    [{ cron: 'every day' }, 'config-invalid'],
    [{ cron: '2026-01-01T00:00:00' }, 'config-invalid'],
    [{ cron: '0 0 * * *', every: '1h' }, 'config-invalid'],
    [{}, 'config-invalid'],
    [{ every: '1ms' }, 'config-invalid'],
  ])('%j is refused', async (config, code) => {
    await expect(prepare(config)).rejects.toMatchObject({ code, retryable: false });
  });
});

describe('jitter', () => {
  test('starts a run later, the same at every look, and never earlier', async () => {
    const node = await prepare({ every: '30m', jitter: '10m' });
    const first = await node.poll(aPoll(undefined, NOON));
    const wait = first.nextPollMs;
    expect(wait).toBeGreaterThan(30 * MINUTE);
    expect(wait).toBeLessThan(40 * MINUTE);
    const early = await node.poll(aPoll(first.cursor, NOON + wait - 1));
    expect(early).toMatchObject({ outputs: [], nextPollMs: 1 });
    const due = await node.poll(aPoll(first.cursor, NOON + wait));
    expect(due.outputs).toMatchObject([{ payload: { scheduledAt: iso(NOON + 30 * MINUTE) } }]);
  });

  test('differs from run to run', async () => {
    const node = await prepare({ every: '30m', jitter: '10m' });
    const waits = new Set<number>();
    for (let run = 0; run < 10; run += 1)
      waits.add((await node.poll(aPoll(undefined, NOON + run * 30 * MINUTE))).nextPollMs);
    expect(waits.size).toBeGreaterThan(5);
  });

  test('longer than the distance does not lose a run', async () => {
    const schedule = aSchedule(await prepare({ every: '10s', jitter: '1h' }));
    await schedule.at(NOON);
    const given: unknown[] = [];
    for (let now = NOON; now <= NOON + MINUTE; now += 100) given.push(...(await schedule.at(now)).scheduled);
    expect(given).toEqual(
      [10, 20, 30, 40, 50]
        .map((second) => iso(NOON + second * 1_000))
        .concat(given.length === 6 ? [iso(NOON + MINUTE)] : []),
    );
  });
});

describe('the payload', () => {
  test('can be JSON or an expression over the time', async () => {
    const fixed = aSchedule(await prepare({ every: '1h', payload: '{ "report": "daily" }' }));
    await fixed.at(NOON);
    expect((await fixed.at(NOON + HOUR)).outputs[0]?.payload).toEqual({ report: 'daily' });
    const computed = aSchedule(
      await prepare({ every: '1h', payload: '{ "day": $substring(scheduledAt, 0, 10), "now": $now() }' }),
    );
    await computed.at(NOON);
    expect((await computed.at(NOON + HOUR)).outputs[0]?.payload).toEqual({ day: '2026-06-01', now: iso(NOON + HOUR) });
  });

  test('that is nothing fails the poll', async () => {
    const schedule = aSchedule(await prepare({ every: '1h', payload: 'missing.field' }));
    await schedule.at(NOON);
    await expect(schedule.at(NOON + HOUR)).rejects.toMatchObject({ code: 'expression-empty', retryable: false });
  });
});
