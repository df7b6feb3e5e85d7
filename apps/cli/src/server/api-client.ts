import { problemSchema, type Problem } from '@sluice/protocol';
import type { z } from 'zod';
import { CommandFailure, UsageError } from '../failures.ts';
import type { Invocation } from '../invocation.ts';
import type { CommandOption } from '../command.ts';

const DEFAULT_SERVER = 'http://127.0.0.1:4400';

/** For every command that talks to a server. */
export const SERVER_OPTION = {
  server: { type: 'string', value: 'URL', help: `Address of the server (${DEFAULT_SERVER})` },
} as const satisfies Readonly<Record<string, CommandOption>>;

/** Longest wait for an answer: a deployment finishes the work in hand first. */
const ANSWER_MS = 60_000;

type ApiAnswer<Data> =
  | { readonly ok: true; readonly data: Data; readonly etag: string | undefined }
  /** The server said no and why. */
  | { readonly ok: false; readonly problem: Problem };

interface ApiRequest<Schema extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly answer: Schema;
  readonly body?: unknown;
  readonly ifMatch?: string;
}

export interface ApiClient {
  readonly server: string;
  /** Throws `CommandFailure` when no server answers, or none that we understand. */
  send<Schema extends z.ZodType>(request: ApiRequest<Schema>): Promise<ApiAnswer<z.output<Schema>>>;
}

export function apiClientFor({ text }: Pick<Invocation, 'text'>): ApiClient {
  const server = text('server') ?? DEFAULT_SERVER;
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    throw new UsageError(`--server must be an address such as ${DEFAULT_SERVER}, not "${server}".`);
  }
  const base = server.replace(/\/+$/, '');
  return {
    server: base,
    async send(request) {
      const response = await reach(base, request);
      const body = await readJson(response, base);
      if (!response.ok) {
        const problem = problemSchema.safeParse(body);
        if (problem.success) return { ok: false, problem: problem.data };
        throw notUnderstood(base, `${response.status} without saying why`);
      }
      const data = request.answer.safeParse(body);
      if (!data.success) throw notUnderstood(base, `something else than expected to ${request.method} ${request.path}`);
      return { ok: true, data: data.data, etag: response.headers.get('etag') ?? undefined };
    },
  };
}

/** A refusal for which a command knows no better way out. */
export function refusedBy({ problem }: { readonly problem: Problem }): CommandFailure {
  const errors = problem.errors ?? [];
  if (errors.length === 0) return new CommandFailure(problem.code, `${problem.title}: ${problem.detail}`);
  return new CommandFailure(problem.code, [`${problem.title}:`, ...errors.map(({ message }) => message)].join('\n'));
}

async function reach(base: string, { method, path, body, ifMatch }: ApiRequest<z.ZodType>): Promise<Response> {
  try {
    return await fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      throw new CommandFailure(
        'server-timeout',
        `${base} did not answer within ${ANSWER_MS / 1_000} s. Whether it was done is unknown: see \`sluice status\`.`,
        { cause: error },
      );
    }
    throw new CommandFailure(
      'server-unreachable',
      `No server answers at ${base}. Start one with \`npm start\`, or name another with --server URL.`,
      { cause: error },
    );
  }
}

async function readJson(response: Response, base: string): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw notUnderstood(base, 'something that is not JSON');
  }
}

function notUnderstood(base: string, what: string): CommandFailure {
  return new CommandFailure(
    'server-not-understood',
    `${base} answered ${what}. Is it a Sluice server, and of this version?`,
  );
}
