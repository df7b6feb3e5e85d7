import type { NodeStatus, RUN_STATES, Snapshot, Tick, Totals, Verdict, WireStatus } from '@sluice/protocol';

type RunState = (typeof RUN_STATES)[number];

/** What runs, apart from its nodes and wires. */
export interface RunSample {
  readonly version: number;
  readonly state: RunState;
  readonly verdict: Verdict;
  readonly totals: Totals;
  readonly at: number;
}

interface Samples {
  readonly run: RunSample;
  readonly node: NodeStatus;
  readonly wire: WireStatus;
}

/** `run`, or the node's or wire's id behind its kind. */
type SampleKey = 'run' | `node:${string}` | `wire:${string}`;
type SampleOf<K extends SampleKey> = K extends 'run'
  ? Samples['run']
  : K extends `node:${string}`
    ? Samples['node']
    : Samples['wire'];

/**
 * The newest sample of everything that is watched, by key. Plain and outside of React: a tick that changes one wire
 * wakes the listeners of that wire and nobody else, and never touches the document.
 */
export interface SampleStore {
  readonly get: <K extends SampleKey>(key: K) => SampleOf<K> | undefined;
  readonly subscribe: (key: SampleKey, listener: () => void) => () => void;
  /** False when ticks are missing in between: nothing was applied, and a new snapshot is needed. */
  readonly apply: (tick: Tick) => boolean;
  readonly reset: (snapshot: Snapshot) => void;
  readonly keys: () => readonly SampleKey[];
}

export function createSampleStore(): SampleStore {
  const samples = new Map<SampleKey, RunSample | NodeStatus | WireStatus>();
  const listeners = new Map<SampleKey, Set<() => void>>();
  let seq: number | null = null;

  const notify = (keys: Iterable<SampleKey>): void => {
    for (const key of keys) for (const listener of listeners.get(key) ?? []) listener();
  };

  return {
    // The map holds under each kind of key only that kind of sample: `put` below is the one writer.
    get: <K extends SampleKey>(key: K) => samples.get(key) as SampleOf<K> | undefined,
    subscribe: (key, listener) => {
      const set = listeners.get(key) ?? new Set();
      set.add(listener);
      listeners.set(key, set);
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(key);
      };
    },
    apply: (tick) => {
      if (seq === null || tick.seq > seq + 1) return false;
      if (tick.seq <= seq) return true;
      seq = tick.seq;
      const changed: SampleKey[] = ['run'];
      samples.set('run', {
        version: tick.version,
        state: tick.state,
        verdict: tick.verdict,
        totals: tick.totals,
        at: tick.at,
      });
      changed.push(...put(samples, tick.nodes, tick.wires));
      notify(changed);
      return true;
    },
    reset: (snapshot) => {
      const before = [...samples.keys()];
      samples.clear();
      seq = snapshot.seq;
      if (snapshot.status !== null) {
        const { version, state, verdict, totals, at, nodes, wires } = snapshot.status;
        samples.set('run', { version, state, verdict, totals, at });
        put(samples, nodes, wires);
      }
      notify(new Set([...before, ...samples.keys()]));
    },
    keys: () => [...samples.keys()],
  };
}

function put(
  samples: Map<SampleKey, RunSample | NodeStatus | WireStatus>,
  nodes: Readonly<Record<string, NodeStatus>>,
  wires: Readonly<Record<string, WireStatus>>,
): readonly SampleKey[] {
  const keys: SampleKey[] = [];
  for (const [id, node] of Object.entries(nodes)) {
    samples.set(`node:${id}`, node);
    keys.push(`node:${id}`);
  }
  for (const [id, wire] of Object.entries(wires)) {
    samples.set(`wire:${id}`, wire);
    keys.push(`wire:${id}`);
  }
  return keys;
}
