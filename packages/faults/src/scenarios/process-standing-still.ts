import { setTimeout as delay } from 'node:timers/promises';
import { HOOK_PATH, overEvents, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';
import { waitUntil } from './wait-until.ts';

const VALUES = 4;
/** Lease of the wires, and how long the process stands still. */
const TIMES = { short: { visibility: '1s', standsMs: 1_600 }, long: { visibility: '30s', standsMs: 60_000 } } as const;

export const processStandingStill: Scenario = {
  id: 'R-10',
  area: 'processes',
  title: 'SIGSTOP past the lease',
  rules: ['C2', 'C3', 'F1', 'F2'],
  shows:
    'A process that stood still for longer than its leases last delivers each message in hand at most once more, and what it settles late is settled once.',
  rounds: { short: 2, long: 6, of: 'stops' },
  async run(stage) {
    const { visibility, standsMs } = stage.isLong ? TIMES.long : TIMES.short;
    const server = await stage.server();
    await server.restart();
    const work = { workers: VALUES, timeout: '2m' };
    const lanes = [
      await stage.lane({
        server,
        hookPath: HOOK_PATH,
        document: (o) => overPull('pulled', { ...o, work, queue: { visibility } }),
      }),
      await stage.lane({
        server,
        hookPath: HOOK_PATH,
        document: (o) => overEvents('read', { ...o, work, log: { visibility } }),
      }),
    ];
    let mostCalls = 0;
    for (let round = 0; round < stage.rounds; round += 1) {
      // The sink answers while the process stands still, or only after it goes on: then the settlement is late.
      const answersLate = round % 2 === 1;
      const held = Promise.withResolvers<void>();
      for (const { sink } of lanes)
        sink.behave(async ({ attempt }) => {
          mostCalls = Math.max(mostCalls, attempt);
          await held.promise;
          return { status: 200 };
        });
      const before = lanes.map(({ sink }) => sink.calls);
      const senders = lanes.map((lane) => lane.senders({ count: VALUES, valuesEach: 1, prefix: `r${round}k` }));
      await Promise.all(senders.map((one) => one.finished()));
      await waitUntil(
        () => lanes.every(({ sink }, index) => sink.calls > (before[index] ?? 0)),
        'each sink has a message in hand',
      );
      server.signal('SIGSTOP');
      await delay(standsMs);
      if (!answersLate) held.resolve();
      server.signal('SIGCONT');
      if (answersLate) await delay(standsMs / 4);
      held.resolve();
      for (const lane of lanes) await lane.settle();
    }
    return {
      figures: figuresOf(lanes, { more: { 'most calls for one message': mostCalls } }),
      anomalies: [
        ...lanes.flatMap((lane) => lane.anomalies({ isOrdered: false })),
        ...expectThat(mostCalls <= 2, `a message was delivered ${mostCalls} times`),
      ],
    };
  },
};
