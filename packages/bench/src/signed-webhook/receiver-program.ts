import { createServer, type RequestListener } from 'node:http';
import type { ServedProgram } from '../process/program.ts';

export type ReceiverCalls = {
  readonly port: (argument: null) => Promise<number>;
};

/** A plain HTTP server around a listener, on a port of its own. */
export async function receiverProgram(listener: RequestListener): Promise<ServedProgram> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const calls: ReceiverCalls = { port: () => Promise.resolve(port) };
  return {
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
