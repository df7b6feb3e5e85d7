import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AddressUnavailableError } from './start-errors.ts';

const CONNECTIONS_MAX = 10_000;
/** Longer than common load balancers keep an idle connection, so that it is they who close it. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 15_000;
const REQUEST_MS = 60_000;

/** A server whose work is chosen after it has its address: first the port, then everything that takes time. */
export interface Listening {
  readonly server: Server;
  /** `http://127.0.0.1:4400` */
  readonly url: string;
  readonly port: number;
  serve(listener: { readonly request: RequestListener; readonly checkContinue: RequestListener }): void;
  /** Takes no new connections and lets idle ones go; busy ones end with their answer. */
  stopAccepting(): void;
  closeNow(): void;
}

/** @throws AddressUnavailableError. */
export async function listen(o: {
  readonly host: string;
  readonly port: number;
  readonly first: RequestListener;
}): Promise<Listening> {
  let current: { readonly request: RequestListener; readonly checkContinue: RequestListener } = {
    request: o.first,
    checkContinue: o.first,
  };
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
    (request, response) => current.request(request, response),
  );
  server.on('checkContinue', (request, response) => current.checkContinue(request, response));
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(unavailable(o, error)));
    server.listen({ host: o.host, port: o.port, exclusive: true }, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo; // TCP, so not a path
  return {
    server,
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    port,
    serve: (listener) => {
      current = listener;
    },
    stopAccepting() {
      server.close();
      server.closeIdleConnections();
    },
    closeNow: () => server.closeAllConnections(),
  };
}

function unavailable(
  { host, port }: { readonly host: string; readonly port: number },
  error: NodeJS.ErrnoException,
): AddressUnavailableError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use. Stop the program that uses it, or choose another port, such as PORT=${port === 65_535 ? port - 1 : port + 1}.`,
    EACCES: `This user may not use port ${port}. Choose one above 1023, such as PORT=4400.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Choose another HOST.`,
  };
  return new AddressUnavailableError(
    reasons[error.code ?? ''] ?? `Port ${port} on ${host} cannot be used: ${error.message}.`,
    { cause: error },
  );
}
