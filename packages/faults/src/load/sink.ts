import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { History } from '../history/history.ts';
import { readValue, type Value } from './value.ts';

/** A call as the sink sees it before it answers. */
interface SinkCall {
  readonly value: Value;
  /** Counted over all calls with this value, from 1. */
  readonly attempt: number;
}

interface SinkAnswer {
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

type SinkBehaviour = (call: SinkCall) => SinkAnswer | Promise<SinkAnswer>;

/** Somebody else's system at the end of a pipeline: takes each call down in the history and answers as it is told. */
export interface Sink extends AsyncDisposable {
  readonly url: string;
  /** Calls so far, whatever became of them. */
  readonly calls: number;
  /** Calls that were answered with 2xx. */
  readonly taken: number;
  behave(behaviour: SinkBehaviour): void;
  /** Refuses connections and cuts those that are open. */
  goDown(): Promise<void>;
  comeUp(): Promise<void>;
}

export const WELL: SinkBehaviour = () => ({ status: 200 });

/** `lifeNow` tells which life of the server runs: a connection belongs to the life in which it was made. */
export async function startSink(o: { readonly history: History; readonly lifeNow: () => number }): Promise<Sink> {
  const lives = new WeakMap<Socket, number>();
  const sockets = new Set<Socket>();
  const attempts = new Map<string, number>();
  let behaviour = WELL;
  let calls = 0;
  let taken = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const life = lives.get(request.socket) ?? 0;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
    } catch {
      // The caller died in the middle of its request: nothing was delivered.
      return;
    }
    const value = readValue(Buffer.concat(chunks).toString('utf8'));
    const message = String(request.headers['idempotency-key']).replaceAll('"', '');
    calls += 1;
    const attempt = (attempts.get(value.id) ?? 0) + 1;
    attempts.set(value.id, attempt);
    const record = { proc: `life-${life}`, op: 'deliver', ...value, message, call: calls } as const;
    o.history.add({ ...record, phase: 'invoke' });
    let isOpen = true;
    response.once('close', () => {
      if (isOpen) o.history.add({ ...record, phase: 'info' });
      isOpen = false;
    });
    const { status, retryAfterSeconds } = await behaviour({ value, attempt });
    if (!isOpen) return;
    isOpen = false;
    const isTaken = status >= 200 && status < 300;
    if (isTaken) taken += 1;
    o.history.add({ ...record, phase: isTaken ? 'ok' : 'fail', status });
    response
      .writeHead(status, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) })
      .end();
  };

  const server = createServer((request, response) => void handle(request, response));
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    lives.set(socket, o.lifeNow());
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo; // listening on TCP
  const goDown = (): Promise<void> =>
    new Promise((resolve) => {
      if (server.listening) server.close(() => resolve());
      else resolve();
      for (const socket of sockets) socket.destroy();
    });
  return {
    url: `http://127.0.0.1:${port}/`,
    get calls() {
      return calls;
    },
    get taken() {
      return taken;
    },
    behave(next) {
      behaviour = next;
    },
    goDown,
    comeUp: () => (server.listening ? Promise.resolve() : listen(port)),
    [Symbol.asyncDispose]: goDown,
  };
}
