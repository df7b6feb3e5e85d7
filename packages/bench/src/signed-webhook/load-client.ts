import type { ServedProgram } from '../process/program.ts';
import { percentile } from '../percentile.ts';
import { type Answer, type Connection, openConnection } from './connection.ts';
import { signedRequests } from './signed-requests.ts';

/** Connections at once, each with one request on its way. */
const CONNECTIONS = 64;

/** Every request of a run has an id and a signature of its own; runs have different names. */
export type LoadClientCalls = {
  /** As fast as the answers come. Answers requests a second, and how much of a core the client itself took. */
  readonly saturate: (o: {
    readonly port: number;
    readonly run: string;
    readonly requests: number;
  }) => Promise<{ readonly rate: number; readonly ownCpu: number }>;
  /** At a fixed pace, whatever the answers do. Answers the latency, counted from when a request was due. */
  readonly pace: (o: {
    readonly port: number;
    readonly run: string;
    readonly perSecond: number;
    readonly seconds: number;
  }) => Promise<{ readonly sent: number; readonly p50: number; readonly p99: number }>;
  /** Sends the first request of a run that has been sent before. */
  readonly repeat: (o: { readonly port: number; readonly run: string }) => Promise<Answer>;
};

export function openLoadClient(): Promise<ServedProgram> {
  const calls: LoadClientCalls = {
    async saturate({ port, run, requests }) {
      const all = signedRequests(requests, run);
      return withConnections(port, async (connections) => {
        const queue = all[Symbol.iterator]();
        const cpu = process.cpuUsage();
        const startedAt = performance.now();
        // The iterator is shared: every connection takes the next request that nobody has sent.
        await Promise.all(
          connections.map(async (connection) => {
            for (const request of queue) assertAccepted(await connection.send(request));
          }),
        );
        const seconds = (performance.now() - startedAt) / 1_000;
        const { user, system } = process.cpuUsage(cpu);
        return { rate: requests / seconds, ownCpu: (user + system) / 1_000_000 / seconds };
      });
    },
    async pace({ port, run, perSecond, seconds }) {
      const all = signedRequests(Math.ceil(perSecond * seconds), run);
      const latencies = await withConnections(port, (connections) => sendPaced(all, connections, perSecond));
      return { sent: all.length, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
    },
    async repeat({ port, run }) {
      return withConnections(port, ([connection]) => sendFirst(connection, run));
    },
  };
  return Promise.resolve({ calls, close: () => Promise.resolve() });
}

/**
 * Looks at the clock in every turn of the event loop, since timers are a millisecond wide. A request that finds no free
 * connection waits, and its wait counts.
 */
async function sendPaced(
  requests: readonly Buffer[],
  connections: readonly Connection[],
  perSecond: number,
): Promise<readonly number[]> {
  const free = [...connections];
  const latencies: number[] = [];
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // looked at below, in the loop
  const startedAt = performance.now();
  const send = async (connection: Connection, request: Buffer, dueAt: number): Promise<void> => {
    assertAccepted(await connection.send(request));
    latencies.push(performance.now() - dueAt);
    free.push(connection);
  };
  for (let next = 0; latencies.length < requests.length;) {
    const now = performance.now();
    for (
      let dueAt = startedAt + (next * 1_000) / perSecond;
      next < requests.length && dueAt <= now;
      dueAt = startedAt + (next * 1_000) / perSecond
    ) {
      const connection = free.pop();
      if (connection === undefined) break;
      send(connection, requests[next] as Buffer, dueAt).catch(failure.reject); // next is within
      next += 1;
    }
    await Promise.race([new Promise((resolve) => setImmediate(resolve)), failure.promise]);
  }
  return latencies;
}

async function sendFirst(connection: Connection | undefined, run: string): Promise<Answer> {
  const [request] = signedRequests(1, run);
  if (connection === undefined || request === undefined) throw new Error('there is nothing to send');
  return connection.send(request);
}

async function withConnections<Result>(
  port: number,
  use: (connections: readonly Connection[]) => Promise<Result>,
): Promise<Result> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(port)));
  try {
    return await use(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** A fast refusal is no throughput. */
function assertAccepted(answer: Answer): void {
  if (answer.status !== 202) throw new Error(`a request was answered with ${answer.status}: ${answer.body}`);
}
