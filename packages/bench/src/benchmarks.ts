import { backlog } from './backlog/backlog.ts';
import type { Benchmark } from './benchmark.ts';
import { busyApi } from './busy-api/busy-api.ts';
import { durableHop } from './durable-hop/durable-hop.ts';
import { idlePipelines } from './idle-pipelines/idle-pipelines.ts';
import { signedWebhook } from './signed-webhook/signed-webhook.ts';
import { threeNodes } from './three-nodes/three-nodes.ts';
import { wireLatency } from './wire-latency/wire-latency.ts';

/** In the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  durableHop,
  threeNodes,
  signedWebhook,
  wireLatency,
  backlog,
  idlePipelines,
  busyApi,
];
