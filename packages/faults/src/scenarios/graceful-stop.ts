import { setTimeout as delay } from 'node:timers/promises';
import { HOOK_PATH, overEvents, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';

const SENDERS = 6;
const CALL_MS = 30;
const STOP_MAX_MS = 30_000;

export const gracefulStop: Scenario = {
  id: 'R-18',
  area: 'processes',
  title: 'SIGTERM under load',
  rules: ['C2', 'C13'],
  shows:
    'Told to stop under load the server finishes what is in hand and ends with status 0; nothing is lost, and nothing is delivered twice.',
  rounds: { short: 1, long: 50, of: 'stops' },
  async run(stage) {
    const server = await stage.server();
    await server.restart();
    const lanes = [
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', o) }),
      await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overEvents('read', o) }),
    ];
    for (const { sink } of lanes)
      sink.behave(async () => {
        await delay(CALL_MS);
        return { status: 200 };
      });
    const senders = lanes.map((lane) => lane.senders({ count: SENDERS }));
    const anomalies = [];
    let slowestStop = 0;
    let restartMs = 0;
    for (let round = 0; round < stage.rounds; round += 1) {
      await delay(stage.between(50, 600));
      const { code, ms } = await server.stop();
      slowestStop = Math.max(slowestStop, ms);
      anomalies.push(
        ...expectThat(code === 0, `it ended with ${code} after SIGTERM`),
        ...stage.expectWithin(ms, STOP_MAX_MS, 'a stop'),
      );
      restartMs = Math.max(restartMs, (await server.restart()).ms);
    }
    await Promise.all(senders.map((one) => one.stop()));
    for (const lane of lanes) await lane.settle();
    const figures = figuresOf(lanes, { restartMs, more: { 'slowest stop, ms': slowestStop } });
    return {
      figures,
      anomalies: [
        ...anomalies,
        ...lanes.flatMap((lane) => lane.anomalies({ isOrdered: true })),
        ...expectThat(figures.repeated === 0, `${figures.repeated} values were delivered twice`),
      ],
    };
  },
};
