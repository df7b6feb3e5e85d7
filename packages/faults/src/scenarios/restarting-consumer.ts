import { setTimeout as delay } from 'node:timers/promises';
import type { PipelineDocument } from '@sluice/pipeline';
import type { Pipeline } from '@sluice/protocol';
import type { Lane } from '../lane.ts';
import { HOOK_PATH, overEvents } from '../pipelines.ts';
import type { SluiceProcess } from '../process/sluice-process.ts';
import type { Scenario } from '../scenario.ts';
import { figuresOf } from './figures-of.ts';

const SENDERS = 8;
const APART_MS = 300;
const WAYS = ['a new version', 'pause and resume', 'stop and resume', 'kill -9'] as const;

export const restartingConsumer: Scenario = {
  id: 'R-15',
  area: 'processes',
  title: 'event consumer restarts under load',
  rules: ['C11', 'C12', 'C13'],
  shows:
    'However the consumer of an event wire is restarted (a new version, pause, stop, kill -9), it skips nothing and keeps the order of each key; only a kill makes it repeat.',
  rounds: { short: 4, long: 100, of: 'restarts' },
  async run(stage) {
    const server = await stage.server();
    await server.restart();
    const lane = await stage.lane({ server, hookPath: HOOK_PATH, document: (o) => overEvents('read', o) });
    const senders = lane.senders({ count: SENDERS });
    let restartMs = 0;
    for (let round = 0; round < stage.rounds; round += 1) {
      await delay(stage.between(0, APART_MS));
      switch (WAYS[round % WAYS.length]) {
        case 'a new version':
          await deployNewVersion(server, lane, round);
          break;
        case 'pause and resume':
          await server.api('POST', `/pipelines/${lane.name}/pause`);
          await server.api('POST', `/pipelines/${lane.name}/resume`);
          break;
        case 'stop and resume':
          await server.api('POST', `/pipelines/${lane.name}/stop`);
          await server.api('POST', `/pipelines/${lane.name}/resume`);
          break;
        case 'kill -9':
          await server.kill();
          restartMs = Math.max(restartMs, (await server.restart()).ms);
          break;
        case undefined:
          break;
      }
    }
    await senders.accept(senders.accepted + 20);
    await senders.stop();
    await lane.settle();
    return {
      figures: figuresOf([lane], restartMs === 0 ? {} : { restartMs }),
      anomalies: lane.anomalies({ isOrdered: true }),
    };
  },
};

/** The same pipeline with another number of workers at the sink. */
async function deployNewVersion(server: SluiceProcess, { name }: Lane, round: number): Promise<void> {
  const { document } = (await server.api('GET', `/pipelines/${name}`)) as Pipeline;
  const changed: PipelineDocument = {
    ...document,
    nodes: document.nodes.map((node) =>
      node.id === 'book' ? { ...node, work: { ...node.work, workers: 2 + (round % 7) } } : node,
    ),
  };
  await server.api('PUT', `/pipelines/${name}`, changed, { 'if-match': '*' });
  await server.api('POST', `/pipelines/${name}/deploy`, {});
}
