import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A keep-alive connection that has one request on its way at a time. */
export interface Connection {
  /** Sends whole requests as they are. Rejects when the connection breaks. */
  send(request: Buffer): Promise<Answer>;
  close(): void;
}

export async function openConnection(port: number): Promise<Connection> {
  const socket = await openSocket(port);
  let pending = '';
  let waiting: PromiseWithResolvers<Answer> | undefined;
  const fail = (error: Error): void => waiting?.reject(error);
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    pending += text;
    const complete = completeAnswer(pending);
    if (complete === undefined) return;
    pending = pending.slice(complete.length);
    const asked = waiting;
    waiting = undefined;
    asked?.resolve(complete.answer);
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the receiver closed a connection')));
  return {
    send(request) {
      const answer = Promise.withResolvers<Answer>();
      waiting = answer;
      socket.write(request);
      return answer.promise;
    },
    close: () => socket.destroy(),
  };
}

function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** The answer at the beginning of the text, once all of it is there. All receivers send Content-Length. */
export function completeAnswer(text: string): { readonly answer: Answer; readonly length: number } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const length = headEnd + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  if (text.length < length) return undefined;
  return { answer: { status: Number(text.slice(9, 12)), body: text.slice(headEnd + 4, length) }, length };
}
