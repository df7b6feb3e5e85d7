import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelineDocument } from '@sluice/pipeline';
import type { Benchmark, BenchmarkScale, Contender } from '../benchmark.ts';
import { documentOf } from '../document-of.ts';
import { percentile } from '../percentile.ts';
import { cpuSeconds } from '../process/process-figures.ts';
import { serverApi } from '../server/server-api.ts';
import { startServer } from '../server/start-server.ts';

const PIPELINES = 4;
/** Far more than one core can do, so that pipelines always have work waiting. */
const RATE = '20000/s';
/** As a browser with a few views open asks. */
const PER_SECOND = 20;
/** Of a core. Below, the pipelines did not keep the server busy, and the figure would say nothing. */
const BUSY_SHARE_MIN = 0.7;

/** How long people wait for the API while pipelines take all the processor time they can get. */
export const busyApi: Benchmark = {
  name: 'busy-api',
  figures: [
    { name: 'busy-api-list-p99', unit: 'ms, GET /api/v1/pipelines', better: 'less', key: 'list', limit: 100 },
    { name: 'busy-api-status-p99', unit: 'ms, GET .../status', better: 'less', key: 'status', limit: 100 },
  ],
  ours: [{ name: 'server', open }],
  others: [],
  rounds: { quick: 1, full: 3 },
};

async function open({ quick, folder }: BenchmarkScale): Promise<Contender> {
  const server = await startServer(folder);
  const api = serverApi(server.url);
  for (let number = 0; number < PIPELINES; number += 1) await api.deploy(busy(`busy-${number}`));
  await sleep(quick ? 1_000 : 5_000);
  const seconds = quick ? 2 : 15;
  return {
    async measure() {
      const latencies = { list: [] as number[], status: [] as number[] };
      const [cpuBefore, startedAt] = [await cpuSeconds(server.pid), performance.now()];
      const asked: Promise<void>[] = [];
      const ask = async (kind: 'list' | 'status', path: string, dueAt: number): Promise<void> => {
        const response = await fetch(new URL(path, server.url));
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}`);
        latencies[kind].push(performance.now() - dueAt);
      };
      for (let number = 0; number < seconds * PER_SECOND; number += 1) {
        const dueAt = startedAt + (number * 1_000) / PER_SECOND;
        await sleep(Math.max(0, dueAt - performance.now()));
        const name = `busy-${number % PIPELINES}`;
        asked.push(
          number % 2 === 0
            ? ask('list', '/api/v1/pipelines', dueAt)
            : ask('status', `/api/v1/pipelines/${name}/status`, dueAt),
        );
      }
      await Promise.all(asked);
      const share = ((await cpuSeconds(server.pid)) - cpuBefore) / ((performance.now() - startedAt) / 1_000);
      if (share < BUSY_SHARE_MIN) throw new Error(`the pipelines kept only ${share.toFixed(2)} of a core busy`);
      return { list: percentile(latencies.list, 0.99), status: percentile(latencies.status, 0.99) };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Every message is transformed, stored, looked at, and dropped. */
function busy(name: string): PipelineDocument {
  return documentOf(
    name,
    [
      { id: 'in', type: 'generator', config: { pattern: 'constant', rate: RATE } },
      { id: 'price', type: 'transform', config: { expression: '{ "seq": seq, "total": $sum([seq, 1, 2]) }' } },
      { id: 'none', type: 'filter', config: { expression: 'total < 0' } },
      { id: 'out', type: 'log' },
    ],
    [
      { id: 'in-price', from: 'in', to: 'price', delivery: 'pull' },
      { id: 'price-none', from: 'price', to: 'none', delivery: 'pull' },
      { id: 'none-out', from: 'none', to: 'out', delivery: 'push' },
    ],
  );
}
