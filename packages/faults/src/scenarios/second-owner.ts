import { HOOK_PATH, overPull } from '../pipelines.ts';
import { expectThat } from '../finding.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';

const SENDERS = 4;

export const secondOwner: Scenario = {
  id: 'R-20',
  area: 'processes',
  title: 'two processes on one data folder',
  rules: ['C1', 'C2'],
  shows:
    'A second server on a folder that is in use ends with an error that names the folder and its owner, and the first does not notice; the folder is free the moment its owner is killed.',
  rounds: { short: 1, long: 20, of: 'second servers' },
  async run(stage) {
    const server = await stage.server();
    await server.restart();
    const lane = await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overPull('pulled', o) });
    const senders = lane.senders({ count: SENDERS });
    const anomalies = [];
    let restartMs = 0;
    for (let round = 0; round < stage.rounds; round += 1) {
      const second = await stage.server({ dataDir: server.dataDir });
      second.launch();
      const { isFailure } = await second.ended();
      const told = second.output();
      anomalies.push(
        ...expectThat(isFailure, 'the second server ended with status 0'),
        ...expectThat(
          told.includes(server.dataDir) && told.includes(`in use by process ${server.pid}`),
          `the second server does not say who has the folder: ${told}`,
        ),
        ...expectThat(!server.hasEnded(), 'the first server did not outlive the second'),
      );
      await senders.accept(senders.accepted + 20);
      await server.kill();
      restartMs = Math.max(restartMs, (await server.restart()).ms);
    }
    await senders.stop();
    await lane.settle();
    return {
      figures: figuresOf([lane], { restartMs }),
      anomalies: [...anomalies, ...lane.anomalies({ isOrdered: true })],
    };
  },
};
