import { createServer } from 'node:net';

/** A port of the loopback address that was free a moment ago, for servers that cannot tell which one they were given. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('a listening TCP server has an address'));
      });
    });
  });
}
