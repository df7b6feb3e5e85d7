import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * A line between a store and its server that can be cut at a chosen moment: between an answer of the server and what the
 * store would have sent next, or towards one side only.
 */
export interface LossyLine {
  readonly address: string;
  /**
   * Resolves when the server has answered to something that held `text`. Nothing that the store sends after that arrives.
   */
  loseAfter(text: string): Promise<void>;
  /** The server believes that the store has gone; the store believes that the server is silent. */
  loseServerSide(): void;
  /** The store notices that its connection is broken, and may connect again. */
  heal(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Pair {
  readonly store: Socket;
  readonly server: Socket;
}

/** `server` is asked for its address at each connection, since it may have changed. */
export async function openLossyLine(server: { readonly address: string }): Promise<LossyLine> {
  const pairs = new Set<Pair>();
  let awaited: { readonly text: string; readonly tell: () => void; isSeen: boolean } | undefined;
  let isLosing = false;

  const listener = createServer((store) => {
    const [host, port] = server.address.split(':');
    const pair: Pair = { store, server: connect(Number(port), host) };
    pairs.add(pair);
    store.on('data', (data: Buffer) => {
      if (isLosing) return;
      if (awaited !== undefined && data.includes(awaited.text)) awaited.isSeen = true;
      pair.server.write(data);
    });
    pair.server.on('data', (data: Buffer) => {
      if (awaited?.isSeen === true) {
        isLosing = true;
        awaited.tell();
        awaited = undefined;
      }
      store.write(data);
    });
    pair.server.on('close', () => {
      if (!isLosing) store.destroy();
    });
    store.on('close', () => {
      pairs.delete(pair);
      pair.server.destroy();
    });
    for (const socket of [store, pair.server]) socket.on('error', ignoreBecauseClosed);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo; // it listens on a port

  return {
    address: `127.0.0.1:${port}`,
    loseAfter: (text) => new Promise((tell) => (awaited = { text, tell, isSeen: false })),
    loseServerSide() {
      isLosing = true;
      for (const pair of pairs) pair.server.destroy();
    },
    heal() {
      isLosing = false;
      for (const { store } of pairs) store.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const { store } of pairs) store.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function ignoreBecauseClosed(): void {
  // What was on its way when a side went; the close that follows is handled.
}
