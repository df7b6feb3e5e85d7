import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived, in order of arrival. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** `Idempotency-Key`: the id of the message. */
  readonly id: string | undefined;
  /** What it was answered with. */
  readonly status: number;
}

/** What a target does with requests that arrive from now on. */
export type TargetBehaviour =
  | { readonly kind: 'well'; readonly status?: number; readonly body?: string }
  | { readonly kind: 'failing'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Holds the answer back until `release` or until it behaves otherwise. */
  | { readonly kind: 'hanging' }
  /** Answers after this time, for what only real time can show. */
  | { readonly kind: 'slow'; readonly delayMs: number };

/** A real HTTP server on loopback that stands for somebody else's system. */
export interface RecordingTarget extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly RecordedRequest[];
  /** Ids of the requests that were answered with 2xx, in order, repeats included. */
  deliveredIds(): readonly string[];
  behave(behaviour: TargetBehaviour): void;
  /** Refuses connections and cuts those that are open. The port stays its own. */
  goDown(): Promise<void>;
  comeUp(): Promise<void>;
  /** Resolves once so many requests were received in all; rejects when the target is closed before. */
  receives(count: number): Promise<void>;
  /** Answers everything that hangs, with 200. */
  release(): void;
  close(): Promise<void>;
}

interface Held {
  readonly answer: () => void;
  readonly timer?: NodeJS.Timeout;
}

interface Waiting {
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

export async function startRecordingTarget(): Promise<RecordingTarget> {
  const received: RecordedRequest[] = [];
  const held = new Set<Held>();
  let waiting: readonly Waiting[] = [];
  let behaviour: TargetBehaviour = { kind: 'well' };
  let server = await listen(0, handle);
  const { port } = server.address() as AddressInfo;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => respond(request, response, Buffer.concat(chunks).toString('utf8')));
  }

  function respond(request: IncomingMessage, response: ServerResponse, body: string): void {
    const current = behaviour;
    const status =
      current.kind === 'failing' ? current.status : ((current.kind === 'well' ? current.status : undefined) ?? 200);
    const { method = 'GET', url = '/', headers } = request;
    const id = headers['idempotency-key'];
    received.push({ method, path: url, headers, body, id: typeof id === 'string' ? id : undefined, status });
    if (current.kind === 'failing' && current.retryAfterSeconds !== undefined) {
      response.setHeader('retry-after', String(current.retryAfterSeconds));
    }
    const answer = (): void => void response.writeHead(status).end(current.kind === 'well' ? current.body : undefined);
    if (current.kind === 'hanging') held.add({ answer });
    else if (current.kind === 'slow') holdFor(current.delayMs, answer);
    else answer();
    waiting = waiting.filter((one) => {
      if (received.length < one.count) return true;
      one.resolve();
      return false;
    });
  }

  function holdFor(delayMs: number, answer: () => void): void {
    const one: Held = {
      answer,
      timer: setTimeout(() => {
        held.delete(one);
        answer();
      }, delayMs),
    };
    held.add(one);
  }

  function release(): void {
    for (const { answer, timer } of held) {
      clearTimeout(timer);
      answer();
    }
    held.clear();
  }

  async function goDown(): Promise<void> {
    for (const { timer } of held) clearTimeout(timer);
    held.clear();
    if (server.listening) await closeServer(server);
  }

  async function close(): Promise<void> {
    for (const { reject, count } of waiting)
      reject(new Error(`the target was closed after ${received.length} of ${count} requests`));
    waiting = [];
    await goDown();
  }

  return {
    url: `http://127.0.0.1:${port}`,
    received,
    deliveredIds: () =>
      received.flatMap(({ id, status }) => (id !== undefined && status >= 200 && status < 300 ? [id] : [])),
    behave(next) {
      behaviour = next;
      if (next.kind !== 'hanging') release();
    },
    goDown,
    async comeUp() {
      if (!server.listening) server = await listen(port, handle);
    },
    receives(count) {
      if (received.length >= count) return Promise.resolve();
      return new Promise((resolve, reject) => {
        waiting = [...waiting, { count, resolve, reject }];
      });
    },
    release,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(port: number, handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(handle);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
