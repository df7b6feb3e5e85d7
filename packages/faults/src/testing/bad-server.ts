import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readValue, type Value } from '../load/value.ts';

/** What a server does with a webhook: the status that it answers, and the calls that it makes, in order. */
export interface Treatment {
  readonly status: number;
  readonly calls: readonly { readonly value: Value; readonly message: string }[];
}

export interface BadServer extends AsyncDisposable {
  readonly url: string;
}

/** A server that takes webhooks and calls a sink as a test tells it to: for showing that wrong behaviour is found. */
export async function startBadServer(o: {
  readonly sinkUrl: string;
  readonly treat: (value: Value) => Treatment;
}): Promise<BadServer> {
  let calling = Promise.resolve();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, calls } = o.treat(readValue(Buffer.concat(chunks).toString('utf8')));
      for (const { value, message } of calls) {
        calling = calling.then(async () => {
          await fetch(o.sinkUrl, {
            method: 'POST',
            headers: { 'idempotency-key': `"${message}"` },
            body: JSON.stringify(value),
          });
        });
      }
      void calling.then(() => response.writeHead(status).end(JSON.stringify({ id: `m-${calls.length}` })));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
