import type { NodeCatalogue, NodeDefinition, NodeDocument, PipelineDocument, WireDocument } from '@sluice/pipeline';
import { describe, expect, it } from 'vitest';
import { planPipeline, type PipelinePlan } from './plan-pipeline.ts';

const define = (type: string, part: Partial<NodeDefinition>): NodeDefinition => ({
  type,
  role: 'step',
  group: 'Steps',
  title: type,
  summary: '',
  icon: 'box',
  outputs: [{ name: 'out', summary: '' }],
  callsOut: false,
  config: undefined as unknown as NodeDefinition['config'],
  initialConfig: {},
  guarantee: '',
  summarise: () => '',
  ...part,
});
const definitions = [
  define('in', { role: 'source', sourceStyle: 'push' }),
  define('step', {
    outputs: [
      { name: 'out', summary: '' },
      { name: 'errors', summary: '' },
    ],
  }),
  define('call', { role: 'sink', callsOut: true, outputs: [] }),
];
const catalogue: NodeCatalogue = {
  find: (type) => definitions.find((one) => one.type === type),
  types: definitions.map(({ type }) => type),
};

function plan(
  wires: readonly WireDocument[],
  nodes: readonly NodeDocument[] = [
    { id: 'in', type: 'in' },
    { id: 'step', type: 'step' },
    { id: 'call', type: 'call' },
  ],
) {
  const document: PipelineDocument = { format: 'sluice/v1', name: 'plan', nodes: [...nodes], wires: [...wires] };
  return planPipeline({ pipelineId: 'p', version: 2, document, catalogue });
}
function planned(...args: Parameters<typeof plan>): PipelinePlan {
  const result = plan(...args);
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.plan;
}

describe('plan of a pipeline', () => {
  it('fills in what the document leaves open', () => {
    const { nodes, wires, logs } = planned([
      { id: 'w1', from: 'in', to: 'step', delivery: 'push' },
      { id: 'w2', from: 'step', to: 'call', delivery: 'pull' },
      { id: 'w3', from: 'step.errors', to: 'call', delivery: 'event' },
    ]);
    expect(nodes.get('step')).toMatchObject({
      workers: 16,
      timeoutMs: 10_000,
      triesInPlace: 1,
      breaker: undefined,
      quarantineAfter: 3,
    });
    expect(nodes.get('call')).toMatchObject({
      workers: 8,
      timeoutMs: 30_000,
      retry: { attempts: 8, baseMs: 200, capMs: 300_000, maxAgeMs: undefined },
      breaker: { failureRate: 0.5, windowMs: 30_000, minimumCalls: 10, openForMs: 10_000, probes: 1 },
      rate: undefined,
    });
    expect(wires).toEqual([
      {
        id: 'w1',
        from: 'in',
        port: 'out',
        to: 'step',
        delivery: 'push',
        concurrency: 16,
        line: 100,
        deadlineMs: 30_000,
        overflow: 'reject',
        priority: undefined,
        spill: undefined,
      },
      {
        id: 'w2',
        from: 'step',
        port: 'out',
        to: 'call',
        delivery: 'pull',
        queue: 'p/w2',
        limit: { messages: 100_000, bytes: 2 ** 30 },
        orderBy: undefined,
        lowWater: 0.8,
        priority: undefined,
        visibilityMs: 30_000,
        expireAfterMs: undefined,
      },
      {
        id: 'w3',
        from: 'step',
        port: 'errors',
        to: 'call',
        delivery: 'event',
        log: 'p/step.errors',
        group: 'p/w3',
        startFrom: 'earliest',
        onPoison: 'park',
        visibilityMs: 30_000,
      },
    ]);
    expect(logs).toEqual([
      {
        log: 'p/step.errors',
        nodeId: 'step',
        port: 'errors',
        partitions: 4,
        orderBy: undefined,
        lowWater: 0.8,
        retention: { ageMs: 259_200_000, bytes: 2 ** 30 },
      },
    ]);
  });

  it('takes what the document says, in milliseconds and per second', () => {
    const { nodes, wires } = planned(
      [
        {
          id: 'w1',
          from: 'in',
          to: 'call',
          delivery: 'push',
          call: { concurrency: 3, line: 0, deadline: '2s', overflow: 'wait' },
        },
        {
          id: 'w2',
          from: 'in',
          to: 'call',
          delivery: 'pull',
          queue: { capacity: 5, capacityBytes: 999, orderBy: 'customer', expireAfter: '1h' },
        },
      ],
      [
        { id: 'in', type: 'in' },
        {
          id: 'call',
          type: 'call',
          work: {
            workers: 2,
            timeout: '5s',
            rateLimit: '30/m',
            quarantineAfter: 1,
            retry: { attempts: 4, base: '1s', cap: '1m', maxAge: '2h' },
            breaker: { openFor: '1m' },
          },
        },
      ],
    );
    expect(nodes.get('call')).toMatchObject({
      workers: 2,
      timeoutMs: 5_000,
      rate: { perSecond: 0.5, burst: 1, key: undefined, budget: undefined },
      quarantineAfter: 1,
      triesInPlace: 4,
      retry: { attempts: 4, baseMs: 1_000, capMs: 60_000, maxAgeMs: 7_200_000 },
      breaker: { openForMs: 60_000, failureRate: 0.5 },
    });
    expect(wires).toMatchObject([
      { concurrency: 3, line: 0, deadlineMs: 2_000, overflow: 'wait' },
      { limit: { messages: 5, bytes: 999 }, orderBy: 'customer', expireAfterMs: 3_600_000 },
    ]);
  });

  it('attaches wires to the ports they leave from', () => {
    const { nodes } = planned([
      { id: 'w1', from: 'step', to: 'call', delivery: 'push' },
      { id: 'w2', from: 'step.errors', to: 'call', delivery: 'push' },
      { id: 'w3', from: 'step.out', to: 'call', delivery: 'push' },
    ]);
    const wiresAt = (port: string) =>
      nodes
        .get('step')
        ?.outputs.get(port)
        ?.map(({ id }) => id);
    expect([wiresAt('out'), wiresAt('errors'), wiresAt('none')]).toEqual([['w1', 'w3'], ['w2'], undefined]);
  });

  it('gives one log to all event wires of a port, and finds settings that differ', () => {
    const wire = (id: string, partitions: number): WireDocument => ({
      id,
      from: 'in',
      to: 'call',
      delivery: 'event',
      log: { partitions, retention: '1d' },
    });
    expect(planned([wire('w1', 2), wire('w2', 2)]).logs).toMatchObject([
      { log: 'p/in.out', partitions: 2, retention: { ageMs: 86_400_000, bytes: 2 ** 30 } },
    ]);
    expect(plan([wire('w1', 2), wire('w2', 3)])).toMatchObject({
      ok: false,
      findings: [
        { code: 'log-settings-differ', severity: 'error', path: '/wires/1/log', element: { kind: 'wire', id: 'w2' } },
      ],
    });
  });
});
