import type { Server as HttpServer } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import {
  type ClientToServerEvents,
  LIVE_NAMESPACE,
  type LiveEvent,
  type Overview,
  type PipelineStatus,
  type ServerToClientEvents,
  type Snapshot,
  watchRequestSchema,
} from '@sluice/protocol';
import { Server as SocketServer, type Socket } from 'socket.io';
import { isLoopbackHost } from '../http/guards/expected-host.ts';
import { isSameOrigin } from '../http/guards/same-origin.ts';
import { readStatus } from '../use-cases/read-status.ts';
import type { ServerParts } from '../use-cases/server-parts.ts';

const TICK_MS = 1_000;
const PAYLOAD_MAX_BYTES = 10_000;
const OVERVIEW_ROOM = 'overview';
const roomOf = (pipelineId: string): string => `pipeline:${pipelineId}`;

type LiveSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

/** What a room was told last: the base of its next tick. */
interface Told {
  readonly seq: number;
  readonly status: PipelineStatus | null;
}

/** Live figures over Socket.IO. Only what somebody watches is computed. */
export interface LiveGateway {
  announce(event: Omit<LiveEvent, 'at'>): void;
  close(): void;
}

/** Answers nobody before `parts` are there: `ready` says when. */
export function attachLiveGateway(
  server: HttpServer,
  o: { readonly parts: () => ServerParts | undefined; readonly now: () => number },
): LiveGateway {
  const io = new SocketServer<ClientToServerEvents, ServerToClientEvents>(server, {
    serveClient: false,
    maxHttpBufferSize: PAYLOAD_MAX_BYTES,
    connectTimeout: 10_000,
    perMessageDeflate: false,
    httpCompression: false,
    allowRequest: (request, decide) =>
      decide(null, o.parts() !== undefined && isLoopbackHost(request.headers.host) && isSameOrigin(request.headers)),
  });
  const namespace = io.of(LIVE_NAMESPACE);
  const told = new Map<string, Told>();
  let timer: NodeJS.Timeout | undefined;

  const statusOf = async (pipelineId: string): Promise<PipelineStatus | null> => {
    const parts = o.parts();
    const deployment = await parts?.database.deployments.find(pipelineId);
    if (parts === undefined || deployment === undefined) return null;
    return (await readStatus(parts, deployment)) ?? null;
  };

  const snapshot = async (pipelineId: string): Promise<Snapshot> => {
    // Whoever joins a room starts from what the room knows, or a change that comes and goes in between would escape him.
    const known = namespace.adapter.rooms.has(roomOf(pipelineId)) ? told.get(pipelineId) : undefined;
    if (known !== undefined) return { seq: known.seq, status: known.status };
    const fresh: Told = { seq: (told.get(pipelineId)?.seq ?? 0) + 1, status: await statusOf(pipelineId) };
    told.set(pipelineId, fresh);
    return { seq: fresh.seq, status: fresh.status };
  };

  const overview = async (): Promise<Overview> => {
    const parts = o.parts();
    const deployments = (await parts?.database.deployments.list()) ?? [];
    const statuses =
      parts === undefined ? [] : await Promise.all(deployments.map((deployment) => readStatus(parts, deployment)));
    return {
      at: o.now(),
      pipelines: statuses
        .filter((status) => status !== undefined)
        .map(({ pipelineId, state, version, verdict, totals }) => ({ pipelineId, state, version, verdict, totals })),
    };
  };

  const tick = async (): Promise<void> => {
    const { rooms } = namespace.adapter;
    for (const [pipelineId, before] of told) {
      if (!rooms.has(roomOf(pipelineId))) {
        told.delete(pipelineId);
        continue;
      }
      const status = await statusOf(pipelineId);
      const seq = before.seq + 1;
      told.set(pipelineId, { seq, status });
      if (status === null) continue;
      namespace.to(roomOf(pipelineId)).emit('tick', {
        pipelineId,
        seq,
        at: status.at,
        version: status.version,
        state: status.state,
        verdict: status.verdict,
        totals: status.totals,
        nodes: changed(before.status?.nodes, status.nodes),
        wires: changed(before.status?.wires, status.wires),
        removedWires: status.removedWires,
        limits: status.limits,
        drain: status.drain,
      });
    }
    if (rooms.has(OVERVIEW_ROOM)) namespace.to(OVERVIEW_ROOM).emit('overview', await overview());
  };

  /** Runs while somebody watches. One after the other, so a slow tick delays the next instead of piling up. */
  const keepTicking = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      tick()
        .catch((error: unknown) =>
          o.parts()?.log({ level: 'warn', text: 'Live figures could not be read', data: { err: error } }),
        )
        .finally(() => {
          if (namespace.sockets.size > 0) keepTicking();
        });
    }, TICK_MS);
  };

  const findId = async (payload: unknown): Promise<string | undefined> => {
    const request = watchRequestSchema.safeParse(payload);
    if (!request.success) return undefined;
    return (await o.parts()?.database.pipelines.find(request.data.pipeline))?.id;
  };

  namespace.on('connection', (socket: LiveSocket) => {
    keepTicking();
    const guarded = (act: () => Promise<void>): void => {
      act().catch((error: unknown) => {
        o.parts()?.log({ level: 'warn', text: 'A live request failed', data: { err: error } });
        socket.disconnect();
      });
    };
    socket.on('watch', (payload, answer) => {
      if (typeof answer !== 'function') return;
      guarded(async () => {
        const id = await findId(payload);
        if (id === undefined) return answer({ ok: false, detail: 'There is no such pipeline.' });
        const first = await snapshot(id);
        await socket.join(roomOf(id));
        answer({ ok: true, snapshot: first });
      });
    });
    socket.on('unwatch', (payload) => {
      guarded(async () => {
        const id = await findId(payload);
        if (id !== undefined) await socket.leave(roomOf(id));
      });
    });
    socket.on('watch-overview', (answer) => {
      if (typeof answer !== 'function') return;
      guarded(async () => {
        await socket.join(OVERVIEW_ROOM);
        answer(await overview());
      });
    });
    socket.on('unwatch-overview', () => void socket.leave(OVERVIEW_ROOM));
  });

  return {
    announce: (event) => {
      namespace
        .to(roomOf(event.pipelineId))
        .to(OVERVIEW_ROOM)
        .emit('event', { ...event, at: o.now() });
    },
    close() {
      clearTimeout(timer);
      timer = undefined;
      io.disconnectSockets(true);
      // `io.close` would also close the HTTP server, which is not ours.
      io.engine.close();
    },
  };
}

/** Those elements that are new or different, whole. */
function changed<Status>(
  before: Readonly<Record<string, Status>> | undefined,
  after: Readonly<Record<string, Status>>,
): Record<string, Status> {
  if (before === undefined) return { ...after };
  return Object.fromEntries(Object.entries(after).filter(([id, status]) => !isDeepStrictEqual(before[id], status)));
}
