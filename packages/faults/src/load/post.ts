import { type Agent, request } from 'node:http';

export interface Answer {
  /** 0: none came. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
  /** Nothing can have arrived: there was no connection. */
  readonly isUnsent: boolean;
}

/** One POST. Never rejects. */
export function post(
  url: string,
  o: { readonly agent: Agent; readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Answer> {
  return new Promise((resolve) => {
    const nothing = (error: NodeJS.ErrnoException): void =>
      resolve({ status: 0, retryAfter: undefined, body: '', isUnsent: error.code === 'ECONNREFUSED' });
    const outgoing = request(
      url,
      { method: 'POST', agent: o.agent, headers: { ...o.headers, 'content-length': Buffer.byteLength(o.body) } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', nothing);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            retryAfter: answer.headers['retry-after'],
            body: Buffer.concat(chunks).toString('utf8'),
            isUnsent: false,
          }),
        );
      },
    );
    outgoing.on('error', nothing);
    outgoing.end(o.body);
  });
}
