import type { PipelineDocument, WireDocument } from '@sluice/pipeline';
import type { TargetModel } from '../modelled-target.ts';
import { simulate, type SimulationReport, type SimulationRequest } from '../simulate.ts';
import { plainBehaviours, plainCatalogue } from './plain-nodes.ts';

const healthyTarget: TargetModel = { latencyMs: [5, 20], failureRate: 0, outages: [] };

/** Runs a document of plain nodes; what is not given is calm weather. */
export function runPlain(
  document: PipelineDocument,
  wishes: Partial<Pick<SimulationRequest, 'seed' | 'durationMs' | 'arrivals' | 'target'>> = {},
): Promise<SimulationReport> {
  return simulate({
    document,
    catalogue: plainCatalogue,
    behaviours: plainBehaviours,
    seed: 1,
    durationMs: 60_000,
    arrivals: [],
    target: healthyTarget,
    settle: () => new Promise((resolve) => setImmediate(resolve)),
    ...wishes,
  });
}

/** `in -> pass -> call` with the two wires as given. */
export function chain(
  wires: readonly [Partial<WireDocument>, Partial<WireDocument>],
  work: Record<string, unknown> = {},
): PipelineDocument {
  return {
    format: 'sluice/v1',
    name: 'chain',
    nodes: [
      { id: 'in', type: 'in' },
      { id: 'pass', type: 'pass', ...('pass' in work ? { work: work['pass'] as object } : {}) },
      { id: 'call', type: 'call', ...('call' in work ? { work: work['call'] as object } : {}) },
    ],
    wires: [
      { id: 'w1', from: 'in', to: 'pass', ...wires[0] },
      { id: 'w2', from: 'pass', to: 'call', ...wires[1] },
    ] as WireDocument[],
  };
}

export const push = { delivery: 'push' } as const;
export const pull = { delivery: 'pull' } as const;
export const event = { delivery: 'event' } as const;
