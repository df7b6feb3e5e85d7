import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOOKS_PREFIX, PROBLEM_CONTENT_TYPE, problemBody, type Ingress } from '@sluice/runtime';
import type { IdSource } from '@sluice/engine';
import { CommandFailure } from '../failures.ts';

const LOOPBACK = '127.0.0.1';

export interface HooksServer {
  /** `http://127.0.0.1:4400`. */
  readonly url: string;
  /** Takes no new connections and resolves when the requests in hand are answered. */
  close(): Promise<void>;
}

/** The addresses of webhooks on loopback, and nothing else. */
export async function openHooksServer(options: {
  readonly port: number;
  readonly ingress: Ingress;
  readonly ids: IdSource;
}): Promise<HooksServer> {
  const { port, ingress, ids } = options;
  const handle =
    (awaitsContinue: boolean) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url?.startsWith(HOOKS_PREFIX) === true) ingress.handle(request, response, { awaitsContinue });
      else answerNotFound(response, ids.next());
    };
  const server = createServer(handle(false));
  server.on('checkContinue', handle(true));
  await listen(server, port);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeIdleConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
      reject(
        new CommandFailure(
          'port-unavailable',
          `Cannot listen on port ${port}: ${reason}. Choose another one with --port (0: any free one).`,
          { cause: error },
        ),
      );
    });
    server.listen(port, LOOPBACK, resolve);
  });
}

function answerNotFound(response: ServerResponse, requestId: string): void {
  const problem = {
    status: 404,
    code: 'not-found',
    title: 'Nothing here',
    detail: 'Only webhook addresses are served: /hooks/{pipeline}/{path}.',
  };
  response.writeHead(404, { 'content-type': PROBLEM_CONTENT_TYPE }).end(problemBody(problem, requestId));
}
