import { connect, type Socket } from 'node:net';

/** Connections at once, each with one request on its way. */
const CONNECTIONS = 64;

/**
 * Sends all requests over keep-alive connections and answers how many a second were answered with 202. Rejects at the
 * first other answer: a fast refusal is no throughput.
 */
export async function sendRequests(port: number, requests: readonly Buffer[]): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => openSocket(port)));
  const queue = requests[Symbol.iterator]();
  const startedAt = performance.now();
  try {
    await Promise.all(sockets.map((socket) => sendInTurn(socket, queue)));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return requests.length / ((performance.now() - startedAt) / 1_000);
}

function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The iterator is shared: every connection takes the next request that nobody has sent. */
function sendInTurn(socket: Socket, queue: Iterator<Buffer>): Promise<void> {
  return new Promise((resolve, reject) => {
    let pending = '';
    const sendNext = (): void => {
      const next = queue.next();
      if (next.done === true) resolve();
      else socket.write(next.value);
    };
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      pending += text;
      const answer = completeAnswer(pending);
      if (answer === undefined) return;
      if (answer.status !== 202) return reject(new Error(`a request was answered with:\n${pending}`));
      pending = pending.slice(answer.length);
      sendNext();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the receiver closed a connection')));
    sendNext();
  });
}

/** Status and length of the answer at the beginning of the text, once all of it is there. Both receivers send Content-Length. */
function completeAnswer(text: string): { readonly status: number; readonly length: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const length = headEnd + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return text.length < length ? undefined : { status: Number(text.slice(9, 12)), length };
}
