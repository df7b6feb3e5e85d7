import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Passes connections on to a port of this machine, until it is told to cut them or to say nothing. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection. New ones are accepted. */
  cut(): void;
  /** From now on bytes vanish, as on a network that has failed without telling. */
  swallow(): void;
}

export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  const server = createServer((inner) => {
    const outer = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!swallowing) to.write(bytes);
      });
      // What a client does with a broken connection is what is tested; the proxy just passes it on.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    swallow: () => {
      swallowing = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
