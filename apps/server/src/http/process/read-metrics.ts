import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { NodeFigures, PipelineFigures, WireFigures } from '@sluice/engine';
import type { NodeCatalogue } from '@sluice/pipeline';
import type { HistogramSnapshot } from '@sluice/runtime';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { createMetricsText, type Labels } from './metrics-text.ts';

/** Numbers stand for words where Prometheus wants a value. */
const BREAKER_VALUES = { none: 0, closed: 0, 'half-open': 1, open: 2 } as const;

/** Answers the text of `/metrics`. Counters start over with each deployment, which Prometheus takes for a restart. */
export function createMetricsReader(
  parts: Pick<ServerParts, 'engine' | 'versions'> & { readonly catalogue: NodeCatalogue },
  o: { readonly version: string; readonly commitTimes: () => HistogramSnapshot },
): { read(): Promise<string>; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    async read() {
      const text = createMetricsText();
      const running = await Promise.all(parts.engine.deployed().map((id) => parts.engine.figures(id)));
      const pipelines = running.filter((figures) => figures !== undefined);
      const roles = await rolesOf(parts, pipelines);

      text.metric({
        name: 'sluice_info',
        kind: 'gauge',
        help: 'What runs here.',
        samples: [{ labels: { version: o.version, node: process.version }, value: 1 }],
      });
      text.metric({
        name: 'sluice_pipelines',
        kind: 'gauge',
        help: 'Pipelines in operation.',
        samples: [{ value: pipelines.length }],
      });

      const nodes = pipelines.flatMap((pipeline) =>
        Object.values(pipeline.nodes).map((node) => ({
          node,
          role: roles.get(`${pipeline.pipelineId}/${node.id}`),
          labels: { pipeline: pipeline.name, node: node.id },
        })),
      );
      const perNode = (
        name: string,
        kind: 'counter' | 'gauge',
        help: string,
        value: (node: NodeFigures) => number,
      ): void =>
        text.metric({ name, kind, help, samples: nodes.map(({ node, labels }) => ({ labels, value: value(node) })) });
      const ofRole = (role: 'source' | 'sink') => nodes.filter((entry) => entry.role === role);
      text.metric({
        name: 'sluice_messages_accepted_total',
        kind: 'counter',
        help: 'Messages that sources took in.',
        samples: ofRole('source').map(({ node, labels }) => ({ labels, value: node.completed })),
      });
      text.metric({
        name: 'sluice_messages_delivered_total',
        kind: 'counter',
        help: 'Messages that sinks finished.',
        samples: ofRole('sink').map(({ node, labels }) => ({ labels, value: node.completed })),
      });
      perNode('sluice_dead_letters', 'gauge', 'Messages that were given up and are kept.', (node) => node.deadLetters);
      perNode(
        'sluice_redriving_messages',
        'gauge',
        'Redriven messages that wait beside the wires of a node.',
        (node) => node.redriving,
      );
      const discarded = await Promise.all(
        pipelines.map(async ({ pipelineId, name }) => ({ name, counts: await parts.engine.discarded(pipelineId) })),
      );
      text.metric({
        name: 'sluice_messages_discarded_total',
        kind: 'counter',
        help: 'Messages that were thrown away by hand or by age, ever since the pipeline was made.',
        samples: discarded.flatMap(({ name, counts }) => [
          { labels: { pipeline: name, from: 'dead-letters' }, value: counts.byHand },
          { labels: { pipeline: name, from: 'dead-letters-too-old' }, value: counts.byAge },
          { labels: { pipeline: name, from: 'wires' }, value: counts.purged },
        ]),
      });
      text.metric({
        name: 'sluice_delivery_attempts_total',
        kind: 'counter',
        help: 'Tries by outcome.',
        samples: nodes.flatMap(({ node, labels }) => [
          { labels: { ...labels, outcome: 'completed' }, value: node.completed },
          { labels: { ...labels, outcome: 'failed' }, value: node.failed },
        ]),
      });
      perNode('sluice_retries_total', 'counter', 'Tries after the first.', (node) => node.retries);
      perNode(
        'sluice_messages_diverted_total',
        'counter',
        'Messages that were given up and went on by the port failed.',
        (node) => node.diverted,
      );
      perNode(
        'sluice_retries_deferred_total',
        'counter',
        'Retries that the retry budget put off.',
        (node) => node.retriesDeferred,
      );
      perNode(
        'sluice_throttled_total',
        'counter',
        'Messages that a source refused for lack of room.',
        (node) => node.refused,
      );
      perNode(
        'sluice_duplicates_total',
        'counter',
        'Messages that a source recognised as taken before.',
        (node) => node.duplicates,
      );
      perNode(
        'sluice_leases_lost_total',
        'counter',
        'Messages whose lease was over before the work on them was.',
        (node) => node.leasesLost,
      );
      text.metric({
        name: 'sluice_flow_control_discarded_total',
        kind: 'counter',
        help: 'Messages that a verb of flow control took off their wire, by reason.',
        samples: nodes.flatMap(({ node, labels }) =>
          Object.entries(node.discarded).map(([reason, value]) => ({ labels: { ...labels, reason }, value })),
        ),
      });
      perNode('sluice_workers_busy', 'gauge', 'Workers at work.', (node) => node.busy);
      perNode('sluice_workers', 'gauge', 'Workers at present.', (node) => node.workers);
      perNode('sluice_workers_max', 'gauge', 'Workers at most.', (node) => node.workersMax);
      perNode(
        'sluice_breaker_state',
        'gauge',
        'Circuit breaker: 0 closed, 1 half-open, 2 open.',
        (node) => BREAKER_VALUES[node.breaker],
      );
      text.metric({
        name: 'sluice_process_duration_seconds',
        kind: 'summary',
        help: 'Time of one try over the last ten seconds.',
        samples: nodes.flatMap(({ node, labels }) => quantiles(node.working, labels)),
      });

      const wires = pipelines.flatMap((pipeline) =>
        Object.values(pipeline.wires).map((wire) => ({
          wire,
          labels: { pipeline: pipeline.name, wire: wire.id, delivery: wire.delivery },
        })),
      );
      const perWire = (name: string, help: string, value: (wire: WireFigures) => number, which = wires): void =>
        text.metric({
          name,
          kind: 'gauge',
          help,
          samples: which.map(({ wire, labels }) => ({ labels, value: value(wire) })),
        });
      perWire('sluice_queue_depth', 'Messages on a wire that are not settled.', (wire) => wire.depth);
      perWire('sluice_queue_bytes', 'Bytes on a wire that are not settled.', (wire) => wire.bytes);
      perWire('sluice_queue_in_flight', 'Messages in hand.', (wire) => wire.inFlight);
      perWire(
        'sluice_queue_oldest_message_age_seconds',
        'Age of the oldest message that is not settled.',
        (wire) => (wire.oldestAgeMs ?? 0) / 1_000,
      );
      perWire('sluice_queue_saturation_ratio', 'Share of capacity in use.', (wire) => wire.saturation);
      perWire(
        'sluice_consumer_lag_messages',
        'Messages that an event wire has not read.',
        (wire) => wire.depth,
        wires.filter(({ wire }) => wire.delivery === 'event'),
      );
      const pushed = wires.filter(({ wire }) => wire.delivery === 'push');
      text.metric({
        name: 'sluice_calls_dropped_total',
        kind: 'counter',
        help: 'Push calls that made way for a higher priority, or had too little time left when their turn came.',
        samples: pushed.flatMap(({ wire, labels }) => [
          { labels: { ...labels, reason: 'shed' }, value: wire.shed },
          { labels: { ...labels, reason: 'late' }, value: wire.late },
        ]),
      });
      text.metric({
        name: 'sluice_queue_wait_seconds',
        kind: 'summary',
        help: 'Time on a wire over the last ten seconds.',
        samples: wires.flatMap(({ wire, labels }) => quantiles(wire.waiting, labels)),
      });

      text.histogram({
        name: 'sluice_store_flush_duration_seconds',
        help: 'Time of one durable commit.',
        ...o.commitTimes(),
      });
      text.metric({
        name: 'sluice_event_loop_lag_seconds',
        kind: 'gauge',
        help: 'How late the event loop is, 99th percentile since the last scrape.',
        samples: [{ value: Number.isFinite(delay.percentile(99)) ? delay.percentile(99) / 1e9 : 0 }],
      });
      delay.reset();
      const memory = process.memoryUsage();
      text.metric({
        name: 'process_resident_memory_bytes',
        kind: 'gauge',
        help: 'Resident memory.',
        samples: [{ value: memory.rss }],
      });
      text.metric({
        name: 'nodejs_heap_size_used_bytes',
        kind: 'gauge',
        help: 'Heap in use.',
        samples: [{ value: memory.heapUsed }],
      });
      const cpu = process.cpuUsage();
      text.metric({
        name: 'process_cpu_seconds_total',
        kind: 'counter',
        help: 'Processor time.',
        samples: [{ value: (cpu.user + cpu.system) / 1e6 }],
      });
      text.metric({
        name: 'process_start_time_seconds',
        kind: 'gauge',
        help: 'When the process started.',
        samples: [{ value: performance.timeOrigin / 1_000 }],
      });
      return text.toString();
    },
    close: () => delay.disable(),
  };
}

function quantiles(percentiles: NodeFigures['working'], labels: Labels) {
  if (percentiles === null) return [];
  return [
    { labels: { ...labels, quantile: '0.5' }, value: percentiles.p50 / 1_000 },
    { labels: { ...labels, quantile: '0.95' }, value: percentiles.p95 / 1_000 },
    { labels: { ...labels, quantile: '0.99' }, value: percentiles.p99 / 1_000 },
  ];
}

/** Role of each node in operation, by `<pipeline id>/<node id>`. */
async function rolesOf(
  { versions, catalogue }: Pick<ServerParts, 'versions'> & { readonly catalogue: NodeCatalogue },
  pipelines: readonly PipelineFigures[],
): Promise<ReadonlyMap<string, 'source' | 'step' | 'sink'>> {
  const roles = new Map<string, 'source' | 'step' | 'sink'>();
  for (const { pipelineId, version } of pipelines) {
    for (const node of (await versions.find(pipelineId, version))?.document.nodes ?? []) {
      const definition = catalogue.find(node.type);
      if (definition !== undefined) roles.set(`${pipelineId}/${node.id}`, definition.role);
    }
  }
  return roles;
}
