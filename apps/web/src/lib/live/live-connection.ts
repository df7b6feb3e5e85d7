import {
  LIVE_NAMESPACE,
  liveEventSchema,
  overviewSchema,
  snapshotSchema,
  tickSchema,
  type ClientToServerEvents,
  type LiveEvent,
  type ServerToClientEvents,
} from '@sluice/protocol';
import { io, type Socket } from 'socket.io-client';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { createOverviewStore, type OverviewStore } from './overview-store.ts';
import { createSampleStore, type SampleStore } from './sample-store.ts';

export interface ConnectionState {
  readonly kind: 'connecting' | 'connected' | 'lost';
  /** When something last arrived, by this page's clock. */
  readonly heardAt: number | null;
  /** Counts the times that everything was taken anew after a loss or a gap. */
  readonly resyncs: number;
}

export interface LiveConnection {
  readonly state: StoreApi<ConnectionState>;
  readonly overview: OverviewStore;
  /** Samples of a pipeline, filled while it is watched. */
  readonly samples: (pipelineId: string) => SampleStore;
  /** Watches until the returned function is called. */
  readonly watch: (pipelineId: string) => () => void;
  readonly watchOverview: () => () => void;
  readonly onEvent: (listener: (event: LiveEvent) => void) => () => void;
  readonly close: () => void;
}

type LiveSocket = Pick<Socket<ServerToClientEvents, ClientToServerEvents>, 'on' | 'emit' | 'connected' | 'close'>;

export interface LiveConnectionOptions {
  readonly socket?: LiveSocket;
  readonly now?: () => number;
}

/**
 * The page's one socket. Delivery is at most once, so everything that was missed (a gap in `seq`, a lost connection) is
 * mended by a new snapshot. What arrives is parsed; what does not parse is treated as a gap.
 */
export function createLiveConnection(options: LiveConnectionOptions = {}): LiveConnection {
  const socket: LiveSocket = options.socket ?? io(LIVE_NAMESPACE, { path: '/socket.io', reconnectionDelayMax: 5_000 });
  const now = options.now ?? Date.now;
  const state = createStore<ConnectionState>()(() => ({ kind: 'connecting', heardAt: null, resyncs: 0 }));
  const overview = createOverviewStore();
  const stores = new Map<string, SampleStore>();
  const watched = new Map<string, number>();
  const listeners = new Set<(event: LiveEvent) => void>();
  /** Pipelines whose snapshot is on its way: ticks that overtake it are part of it. */
  const awaited = new Set<string>();
  let overviewWatchers = 0;
  let wasLost = false;

  const heard = (): void => state.setState({ heardAt: now() });
  const samples = (pipelineId: string): SampleStore => {
    const known = stores.get(pipelineId);
    if (known !== undefined) return known;
    const created = createSampleStore();
    stores.set(pipelineId, created);
    return created;
  };
  const takeSnapshot = (pipelineId: string): void => {
    awaited.add(pipelineId);
    socket.emit('watch', { pipeline: pipelineId }, (answer) => {
      awaited.delete(pipelineId);
      if (!answer.ok) return; // gone: the page learns it from its own request for the pipeline
      const snapshot = snapshotSchema.safeParse(answer.snapshot);
      if (!snapshot.success) return;
      heard();
      samples(pipelineId).reset(snapshot.data);
    });
  };
  const takeOverview = (): void => {
    socket.emit('watch-overview', (raw) => {
      const parsed = overviewSchema.safeParse(raw);
      if (!parsed.success) return;
      heard();
      overview.apply(parsed.data);
    });
  };
  const resynced = (): void => state.setState({ resyncs: state.getState().resyncs + 1 });

  socket.on('connect', () => {
    state.setState({ kind: 'connected', heardAt: now() });
    for (const pipelineId of watched.keys()) takeSnapshot(pipelineId);
    if (overviewWatchers > 0) takeOverview();
    if (wasLost) resynced();
    wasLost = false;
  });
  const lose = (): void => {
    awaited.clear();
    wasLost = true;
    state.setState({ kind: 'lost' });
  };
  socket.on('disconnect', lose);
  socket.on('connect_error', lose);
  socket.on('tick', (raw) => {
    const tick = tickSchema.safeParse(raw);
    if (tick.success && !watched.has(tick.data.pipelineId)) return;
    heard();
    if (tick.success && awaited.has(tick.data.pipelineId)) return;
    // A first or another version begins: everything is new anyway, and nothing was missed.
    const run = tick.success ? samples(tick.data.pipelineId).get('run') : undefined;
    const isNewVersion = tick.success && run?.version !== tick.data.version;
    if (tick.success && !isNewVersion && samples(tick.data.pipelineId).apply(tick.data)) return;
    if (!isNewVersion) resynced();
    for (const pipelineId of tick.success ? [tick.data.pipelineId] : watched.keys()) takeSnapshot(pipelineId);
  });
  socket.on('overview', (raw) => {
    const parsed = overviewSchema.safeParse(raw);
    if (!parsed.success) return;
    heard();
    overview.apply(parsed.data);
  });
  socket.on('event', (raw) => {
    const event = liveEventSchema.safeParse(raw);
    if (event.success) for (const listener of listeners) listener(event.data);
  });

  return {
    state,
    overview,
    samples,
    watch: (pipelineId) => {
      const count = watched.get(pipelineId) ?? 0;
      watched.set(pipelineId, count + 1);
      if (count === 0 && socket.connected) takeSnapshot(pipelineId);
      return () => {
        const left = (watched.get(pipelineId) ?? 1) - 1;
        if (left > 0) {
          watched.set(pipelineId, left);
          return;
        }
        watched.delete(pipelineId);
        if (socket.connected) socket.emit('unwatch', { pipeline: pipelineId });
      };
    },
    watchOverview: () => {
      overviewWatchers += 1;
      if (overviewWatchers === 1 && socket.connected) takeOverview();
      return () => {
        overviewWatchers -= 1;
        if (overviewWatchers === 0 && socket.connected) socket.emit('unwatch-overview');
      };
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => socket.close(),
  };
}
