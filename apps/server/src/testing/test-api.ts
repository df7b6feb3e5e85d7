import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { testDatabase } from '@sluice/database/testing';
import { createEngine, WorkError } from '@sluice/engine';
import { behaviourCatalogue } from '@sluice/nodes/behaviours';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import {
  type Endpoint,
  ENDPOINTS,
  type EndpointId,
  type LiveEvent,
  type Problem,
  problemSchema,
} from '@sluice/protocol';
import { createIngress, createSystemClock, createTimeOrderedIds, HOOKS_PREFIX, systemRandom } from '@sluice/runtime';
import { createMemoryStore, createMemoryTraceStore } from '@sluice/store-memory';
import type { Application } from 'express';
import { afterAll, beforeAll, expect } from 'vitest';
import { createApp } from '../http/app.ts';
import { attachLiveGateway, type LiveGateway } from '../live/live-gateway.ts';
import type { ProcessStateHolder } from '../process/process-state.ts';
import { masterKeyFromText } from '../secrets/master-key.ts';
import { createSecretVault } from '../secrets/secret-vault.ts';
import { pausedWhenDrained } from '../use-cases/change-life-cycle.ts';
import type { ServerParts } from '../use-cases/server-parts.ts';
import { createTurns } from '../use-cases/turns.ts';
import { createVersionShelf } from '../use-cases/version-shelf.ts';

interface CallOptions {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Called<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** The whole server but for its process: real routes, real engine, real database; messages in memory. */
export interface TestApi {
  readonly parts: ServerParts;
  readonly app: Application;
  readonly url: string;
  readonly state: ProcessStateHolder;
  readonly announced: Omit<LiveEvent, 'at'>[];
  /** Calls an endpoint and holds its answer to the contract: a status of the table, a body of its schema. */
  call<Body = unknown>(id: EndpointId, options?: CallOptions): Promise<Called<Body>>;
  /** As `call`, for what is to be refused. */
  refusal(id: EndpointId, options?: CallOptions): Promise<Called<Problem>>;
}

const TEST_KEY = masterKeyFromText(Buffer.alloc(32, 7).toString('base64'));

/** Call it at the top of a test file. */
export function testApi(): TestApi {
  const database = testDatabase();
  const state: ProcessStateHolder = { current: { phase: 'ready' } };
  const announced: Omit<LiveEvent, 'at'>[] = [];
  let server: Server;
  let parts: ServerParts;
  let app: Application;
  let live: LiveGateway;
  let closeApp: () => void;
  let url: string;

  beforeAll(async () => {
    const clock = createSystemClock();
    const ids = createTimeOrderedIds(clock);
    const store = createMemoryStore({ clock });
    const traces = createMemoryTraceStore({ clock, bounds: { hops: 10_000, bytes: 10_000_000, ageMs: 3_600_000 } });
    const vault = createSecretVault({ secrets: database.db.secrets, key: TEST_KEY });
    const unreachable = () =>
      Promise.reject(
        new WorkError('Tests call nobody.', { code: 'target-unreachable', retryable: true, targetFailed: true }),
      );
    const engine = createEngine({
      clock,
      random: systemRandom,
      ids,
      store,
      connectors: { http: { call: unreachable }, log: { write: () => undefined }, secrets: vault },
      catalogue: nodeCatalogue,
      behaviours: behaviourCatalogue,
      traces,
      onFailure: (error) => expect.unreachable(String(error)),
    });
    parts = {
      database: database.db,
      engine,
      store,
      traces,
      catalogue: nodeCatalogue,
      vault,
      versions: createVersionShelf(database.db.versions),
      turns: createTurns(),
      failures: new Map(),
      announce(event) {
        announced.push(event);
        live.announce(event);
      },
      log: ({ level, text, data }) => {
        if (level === 'error') expect.unreachable(`${text} ${inspect(data)}`);
      },
    };
    const commitTimes = () => ({ bounds: [0.001], counts: [1], sum: 0.001, count: 1 });
    ({ app, close: closeApp } = createApp(parts, { state, ids, version: '1.2.3', commitTimes, web: undefined }));
    const ingress = createIngress({ engine, ids, onError: (error) => expect.unreachable(String(error)) });
    server = createServer((request, response) =>
      request.url?.startsWith(HOOKS_PREFIX) ? ingress.handle(request, response) : app(request, response),
    );
    live = attachLiveGateway(server, { parts: () => parts, now: () => clock.now() });
    engine.onNotice(({ at: _at, ...notice }) => parts.announce(notice));
    pausedWhenDrained(parts);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
  });

  afterAll(async () => {
    live.close();
    server.close();
    server.closeAllConnections();
    closeApp();
    await parts.engine.close({ deadlineMs: 1_000 });
    await parts.store.close();
  });

  const call = async <Body>(id: EndpointId, options: CallOptions = {}): Promise<Called<Body>> => {
    const endpoint: Endpoint = ENDPOINTS[id];
    const { params = {}, query = {}, body, headers = {} } = options;
    const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, String(value)] as [string, string]),
    ).toString();
    const response = await fetch(`${url}${path}${search === '' ? '' : `?${search}`}`, {
      method: endpoint.method.toUpperCase(),
      headers: {
        ...(body === undefined || 'content-type' in headers ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const content = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const parsed: unknown = isJson ? JSON.parse(content) : content;
    holdToContract(endpoint, response.status, parsed);
    return { status: response.status, headers: response.headers, body: parsed as Body }; // just held to its schema
  };

  return {
    get parts() {
      return parts;
    },
    get app() {
      return app;
    },
    get url() {
      return url;
    },
    state,
    announced,
    call,
    refusal: (id, options) => call<Problem>(id, options),
  };
}

function holdToContract(endpoint: Endpoint, status: number, body: unknown): void {
  if (status >= 400) {
    expect([...endpoint.problems, 403, 413, 415, 421], `${endpoint.path} may answer ${status}`).toContain(status);
    expect(problemSchema.parse(body).status).toBe(status);
    return;
  }
  const answer = endpoint.answers[status];
  expect(answer, `${endpoint.path} may answer ${status}`).toBeDefined();
  if (typeof body !== 'string' && answer?.schema !== undefined) answer.schema.parse(body);
}
