import type { NodeStatus, WireStatus } from '@sluice/protocol';
import { createContext, useCallback, useContext, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { ConnectionState, LiveConnection } from './live-connection.ts';
import type { OverviewSample } from './overview-store.ts';
import type { RunSample, SampleStore } from './sample-store.ts';

const ConnectionContext = createContext<LiveConnection | null>(null);
const SamplesContext = createContext<SampleStore | null>(null);

export function LiveProvider({
  connection,
  children,
}: {
  readonly connection: LiveConnection;
  readonly children: ReactNode;
}) {
  return <ConnectionContext value={connection}>{children}</ConnectionContext>;
}

export function SamplesProvider({
  samples,
  children,
}: {
  readonly samples: SampleStore;
  readonly children: ReactNode;
}) {
  return <SamplesContext value={samples}>{children}</SamplesContext>;
}

export function useLiveConnection(): LiveConnection {
  const connection = useContext(ConnectionContext);
  if (connection === null) throw new Error('This part of the page stands outside of LiveProvider');
  return connection;
}

const selectKind = (state: ConnectionState) => state.kind;
const selectResyncs = (state: ConnectionState) => state.resyncs;
/** What is heard is heard every second: only a lost connection makes its age worth showing. */
const selectHeardAtLoss = (state: ConnectionState) => (state.kind === 'lost' ? state.heardAt : null);

export function useConnectionKind(): ConnectionState['kind'] {
  return useStore(useLiveConnection().state, selectKind);
}

export function useResyncs(): number {
  return useStore(useLiveConnection().state, selectResyncs);
}

/** When something was last heard before the connection was lost; `null` while it is there, or if nothing ever was. */
export function useHeardBeforeLoss(): number | null {
  return useStore(useLiveConnection().state, selectHeardAtLoss);
}

/** Renders again when this node's figures change, and for nothing else; not even then unless it is `live`. */
export function useNodeSample(nodeId: string, live = true): NodeStatus | undefined {
  return useSample(`node:${nodeId}`, live);
}

export function useWireSample(wireId: string): WireStatus | undefined {
  return useSample(`wire:${wireId}`);
}

/** How many messages wait on each of these wires, as far as known: renders again when one of the numbers changes. */
export function useWireDepths(wireIds: readonly string[]): ReadonlyMap<string, number> {
  const samples = useSamples();
  const ids = wireIds.join(' ');
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = splitIds(ids).map((id) => samples.subscribe(`wire:${id}`, listener));
      return () => {
        for (const end of ends) end();
      };
    },
    [samples, ids],
  );
  // A text, because a snapshot is compared by identity.
  const depths = useSyncExternalStore(subscribe, () =>
    splitIds(ids)
      .map((id) => samples.get(`wire:${id}`)?.depth ?? '')
      .join(' '),
  );
  return useMemo(() => {
    const numbers = depths.split(' ');
    return new Map(
      splitIds(ids).flatMap((id, index) => {
        const depth = numbers[index] ?? '';
        return depth === '' ? [] : [[id, Number(depth)] as const];
      }),
    );
  }, [ids, depths]);
}

/** Ids hold no spaces. */
function splitIds(ids: string): readonly string[] {
  return ids === '' ? [] : ids.split(' ');
}

export type WirePace = 'still' | 'slow' | 'steady' | 'fast' | 'full';

/** How fast a wire runs, in steps: renders again when the step changes, not with every figure. */
export function useWirePace(wireId: string): WirePace {
  const samples = useSamples();
  const subscribe = useCallback(
    (listener: () => void) => samples.subscribe(`wire:${wireId}`, listener),
    [samples, wireId],
  );
  return useSyncExternalStore(subscribe, () => paceOf(samples.get(`wire:${wireId}`)));
}

function paceOf(sample: WireStatus | undefined): WirePace {
  if (sample === undefined) return 'still';
  if (sample.state === 'full') return 'full';
  const { rateOut } = sample;
  return rateOut <= 0 ? 'still' : rateOut < 2 ? 'slow' : rateOut < 50 ? 'steady' : 'fast';
}

/** Version and state of what runs: renders again when one of them changes, and not with every figure. */
export function useRunState(): Pick<RunSample, 'version' | 'state'> | undefined {
  const samples = useSamples();
  const subscribe = useCallback((listener: () => void) => samples.subscribe('run', listener), [samples]);
  const version = useSyncExternalStore(subscribe, () => samples.get('run')?.version);
  const state = useSyncExternalStore(subscribe, () => samples.get('run')?.state);
  return useMemo(
    () => (version === undefined || state === undefined ? undefined : { version, state }),
    [version, state],
  );
}

export function useRunSample(): RunSample | undefined {
  return useSample('run');
}

export function useOverviewSample(pipelineId: string): OverviewSample | undefined {
  const { overview } = useLiveConnection();
  const subscribe = useCallback(
    (listener: () => void) => overview.subscribe(pipelineId, listener),
    [overview, pipelineId],
  );
  return useSyncExternalStore(subscribe, () => overview.get(pipelineId));
}

function useSamples(): SampleStore {
  const samples = useContext(SamplesContext);
  if (samples === null) throw new Error('This part of the page stands outside of SamplesProvider');
  return samples;
}

function useSample<K extends Parameters<SampleStore['get']>[0]>(key: K, live = true): ReturnType<typeof read<K>> {
  const samples = useSamples();
  const subscribe = useCallback(
    (listener: () => void) => (live ? samples.subscribe(key, listener) : () => undefined),
    [samples, key, live],
  );
  return useSyncExternalStore(subscribe, () => read(samples, key));
}

function read<K extends Parameters<SampleStore['get']>[0]>(samples: SampleStore, key: K) {
  return samples.get(key);
}
