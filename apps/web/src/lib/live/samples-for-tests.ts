import type { NodeStatus, Snapshot, Tick, Totals, Verdict, WireStatus } from '@sluice/protocol';

/** Builders for tests: a running pipeline `p1` with quiet figures. */
const TOTALS: Totals = { depth: 0, inFlight: 0, oldestAgeMs: null, deadLetters: 0, rateIn: 1, rateOut: 1 };
const VERDICT: Verdict = { kind: 'flowing', text: 'Flowing: 1/s in, 1/s out', nodeId: null, since: null };

interface Parts {
  readonly nodes?: readonly NodeStatus[];
  readonly wires?: readonly WireStatus[];
}

export function aNode(id: string, part: Partial<NodeStatus> = {}): NodeStatus {
  return {
    id,
    rateIn: 1,
    rateOut: 1,
    rateFailed: 0,
    completed: 10,
    failed: 0,
    retries: 0,
    retriesDeferred: 0,
    rateLimit: null,
    diverted: 0,
    refused: 0,
    duplicates: 0,
    leasesLost: 0,
    discarded: { debounced: 0, 'singleton-skipped': 0, 'singleton-cancelled': 0 },
    deadLetters: 0,
    redriving: 0,
    busy: 1,
    workers: 8,
    workersMax: 8,
    working: { p50: 2, p95: 5, p99: 9 },
    breaker: 'none',
    state: 'running',
    heldBy: null,
    lastError: null,
    ...part,
  };
}

export function aWire(id: string, part: Partial<WireStatus> = {}): WireStatus {
  return {
    id,
    delivery: 'pull',
    depth: 0,
    capacity: 100,
    bytes: 0,
    inFlight: 0,
    delayed: 0,
    oldestAgeMs: null,
    rateIn: 1,
    rateOut: 1,
    waiting: null,
    retries: 0,
    shed: 0,
    late: 0,
    spilled: null,
    saturation: 0,
    state: 'open',
    fullSince: null,
    retained: null,
    replay: null,
    ...part,
  };
}

export function aSnapshot({ seq, ...parts }: Parts & { readonly seq: number }): Snapshot {
  return {
    seq,
    status: {
      pipelineId: 'p1',
      name: 'orders',
      version: 1,
      state: 'running',
      at: 0,
      verdict: VERDICT,
      totals: TOTALS,
      ...records(parts),
    },
  };
}

export function aTick(seq: number, parts: Parts): Tick {
  return {
    pipelineId: 'p1',
    seq,
    at: seq * 1_000,
    version: 1,
    state: 'running',
    verdict: VERDICT,
    totals: TOTALS,
    ...records(parts),
  };
}

function records({ nodes = [], wires = [] }: Parts) {
  return {
    nodes: Object.fromEntries(nodes.map((node) => [node.id, node])),
    wires: Object.fromEntries(wires.map((wire) => [wire.id, wire])),
    removedWires: [],
    limits: null,
    drain: null,
  };
}
