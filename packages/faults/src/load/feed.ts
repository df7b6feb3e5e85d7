import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { History } from '../history/history.ts';
import { valueOf } from './value.ts';

const KEY = 'f';

/**
 * Somebody else's API with a list that grows, for a poller to read with a cursor: `GET /?after=N` answers the next page.
 * Items are accepted when the poller asks for what is behind them: by then its cursor has moved, and they are never
 * given again.
 */
export interface Feed extends AsyncDisposable {
  readonly url: string;
  /** Items that the list has. */
  readonly length: number;
  /** Items that the poller has left behind. */
  readonly passed: number;
  /** Pages that were asked for. */
  readonly polls: number;
  grow(items: number): void;
  /** Called with each page, before it is answered. */
  onPage(listener: ((items: number) => void) | undefined): void;
}

export async function startFeed(o: { readonly history: History; readonly pageSize: number }): Promise<Feed> {
  const { history, pageSize } = o;
  let length = 0;
  let passed = 0;
  let given = 0;
  let polls = 0;
  let onPage: ((items: number) => void) | undefined;
  const record = { proc: 'feed', op: 'send' } as const;

  const server = createServer((request, response) => {
    const after = Number(new URL(request.url ?? '/', 'http://feed').searchParams.get('after') ?? -1);
    polls += 1;
    for (; passed <= after; passed += 1) history.add({ ...record, phase: 'ok', ...valueOf(KEY, passed) });
    const items = Array.from({ length: Math.max(0, Math.min(pageSize, length - after - 1)) }, (_, index) =>
      valueOf(KEY, after + 1 + index),
    );
    for (const item of items) {
      if (item.seq < given) continue;
      given += 1;
      history.add({ ...record, phase: 'invoke', ...item });
    }
    onPage?.(items.length);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(items));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    url: `http://127.0.0.1:${port}/`,
    get length() {
      return length;
    },
    get passed() {
      return passed;
    },
    get polls() {
      return polls;
    },
    grow(items) {
      length += items;
    },
    onPage(listener) {
      onPage = listener;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
