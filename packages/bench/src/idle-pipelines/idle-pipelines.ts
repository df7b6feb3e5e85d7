import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeDocument, PipelineDocument } from '@sluice/pipeline';
import type { Benchmark, BenchmarkScale, Contender } from '../benchmark.ts';
import { documentOf } from '../document-of.ts';
import { cpuSeconds } from '../process/process-figures.ts';
import { serverApi } from '../server/server-api.ts';
import { startServer } from '../server/start-server.ts';

const PIPELINES = 100;

/** What pipelines cost that have nothing to do: half of them poll an HTTP source, half of them have a schedule. */
export const idlePipelines: Benchmark = {
  name: 'idle-pipelines',
  figures: [
    { name: 'idle-pipelines', unit: `% of a core for ${PIPELINES} pipelines`, better: 'less', key: 'share', limit: 3 },
  ],
  ours: [{ name: 'server', open }],
  others: [],
  rounds: { quick: 1, full: 3 },
};

async function open({ quick, folder }: BenchmarkScale): Promise<Contender> {
  const target = await startEmptyTarget();
  const server = await startServer(folder);
  const api = serverApi(server.url);
  for (let number = 0; number < PIPELINES; number += 1)
    await api.deploy(number % 2 === 0 ? polling(`poll-${number}`, target.url) : scheduled(`schedule-${number}`));
  // First polls and compilers settle.
  await sleep(quick ? 1_000 : 10_000);
  const seconds = quick ? 2 : 20;
  return {
    async measure() {
      const [before, startedAt] = [await cpuSeconds(server.pid), performance.now()];
      await sleep(seconds * 1_000);
      const used = (await cpuSeconds(server.pid)) - before;
      return { share: (used / ((performance.now() - startedAt) / 1_000)) * 100 };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}

/** Once a minute, give or take what the poller's own adaptation makes of it. */
function polling(name: string, url: string): PipelineDocument {
  return intoALog(name, { id: 'in', type: 'http-poll', config: { url, interval: '1m', maxInterval: '1m' } });
}

function scheduled(name: string): PipelineDocument {
  return intoALog(name, { id: 'in', type: 'schedule', config: { every: '1m', jitter: '30s' } });
}

function intoALog(name: string, source: NodeDocument): PipelineDocument {
  const wire = { id: 'in-out', from: 'in', to: 'out', delivery: 'pull' } as const;
  return documentOf(name, [source, { id: 'out', type: 'log' }], [wire]);
}

/** A source that never has anything new. */
function startEmptyTarget(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('[]');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({
        url: `http://127.0.0.1:${port}/`,
        [Symbol.asyncDispose]: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
