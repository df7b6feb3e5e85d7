import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PipelineDocument } from '@sluice/pipeline';
import type { Pipeline, PipelineStatus, Problem } from '@sluice/protocol';

/** A server that keeps drafts in memory and answers as the protocol says; for tests of what talks to servers. */
export interface PipelineShelf extends AsyncDisposable {
  readonly url: string;
  readonly drafts: ReadonlyMap<string, Pipeline>;
  /** Bodies of the deployments asked for, in order. */
  readonly deployments: readonly { readonly name: string; readonly body: unknown }[];
  /** The next request of this method, or of any, is answered with this refusal. */
  refuseNext(problem: Pick<Problem, 'status' | 'code' | 'title' | 'detail'> & Partial<Problem>, method?: string): void;
  /** What was asked below `/api/v1/pipelines/`, reading left out, in order. */
  readonly asked: readonly { readonly what: string; readonly body: unknown }[];
  /** Requests such as `GET orders/dead-letters` are answered with these, one after the other; the last one stays. */
  answerWith(what: string, ...bodies: readonly unknown[]): void;
  /** All that follows is answered with this, whatever was asked. */
  answerAll(body: string, status?: number): void;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly etag?: string;
}

const AT = '2026-01-01T00:00:00.000Z';

export async function startPipelineShelf(): Promise<PipelineShelf> {
  const drafts = new Map<string, Pipeline>();
  const deployments: { name: string; body: unknown }[] = [];
  const asked: { what: string; body: unknown }[] = [];
  const scripted = new Map<string, unknown[]>();
  let refusal: { readonly answer: Answer; readonly method: string | undefined } | undefined;
  let stock: { readonly text: string; readonly status: number } | undefined;

  const answer = (request: IncomingMessage, body: unknown): Answer => {
    if (refusal !== undefined && (refusal.method === undefined || refusal.method === request.method)) {
      const next = refusal.answer;
      refusal = undefined;
      return next;
    }
    const what = `${request.method} ${(request.url ?? '').replace('/api/v1/pipelines/', '')}`;
    const script = scripted.get(what);
    if (script !== undefined) {
      if (request.method !== 'GET') asked.push({ what, body });
      const [next] = script.length > 1 ? script.splice(0, 1) : script;
      return next === null ? { status: 204, body: undefined } : { status: 200, body: next };
    }
    const [, , , resource, name = '', verb] = (request.url ?? '').split('/').map(decodeURIComponent);
    if (resource !== 'pipelines') return problem(404, 'address-unknown', 'No such address');
    if (name === '')
      return request.method === 'POST'
        ? save(body, undefined)
        : { status: 200, body: { pipelines: [...drafts.values()].map(summarise) } };
    const draft = drafts.get(name);
    if (draft === undefined)
      return problem(404, 'pipeline-not-found', 'No such pipeline', `There is no pipeline "${name}".`);
    if (verb === 'deploy') {
      deployments.push({ name, body });
      return { status: 200, body: { version: 1, state: 'running', findings: [], restarted: ['in'] } };
    }
    if (verb === 'status') return { status: 200, body: statusOf(draft) };
    if (request.method === 'PUT') return save(body, draft, request.headers['if-match']);
    return { status: 200, body: draft, etag: `"${draft.revision}"` };
  };

  const save = (body: unknown, old: Pipeline | undefined, ifMatch?: string): Answer => {
    if (old !== undefined && ifMatch !== `"${old.revision}"`)
      return problem(412, 'revision-stale', 'Saved by somebody else');
    // The command line parses every document before it sends it.
    const document = body as PipelineDocument;
    const revision = (old?.revision ?? 0) + 1;
    const saved: Pipeline = {
      id: `id-${document.name}`,
      name: document.name,
      title: document.title ?? document.name,
      revision,
      createdAt: AT,
      updatedAt: AT,
      document,
      deployment: null,
      latestVersion: null,
      draftDiffers: true,
    };
    drafts.set(document.name, saved);
    return { status: old === undefined ? 201 : 200, body: saved, etag: `"${revision}"` };
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (stock !== undefined) return void response.writeHead(stock.status).end(stock.text);
      const text = Buffer.concat(chunks).toString('utf8');
      const { status, body, etag } = answer(request, text === '' ? undefined : (JSON.parse(text) as unknown));
      response
        .writeHead(status, { 'content-type': 'application/json', ...(etag === undefined ? {} : { etag }) })
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    drafts,
    deployments,
    asked,
    answerWith: (what, ...bodies) => void scripted.set(what, [...bodies]),
    refuseNext: (next, method) => {
      refusal = {
        answer: {
          status: next.status,
          body: { type: `https://sluice.dev/problems/${next.code}`, requestId: 'r1', ...next },
        },
        method,
      };
    },
    answerAll: (text, status = 200) => {
      stock = { text, status };
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function problem(status: number, code: string, title: string, detail = title): Answer {
  return {
    status,
    body: { type: `https://sluice.dev/problems/${code}`, title, status, detail, code, requestId: 'r1' },
  };
}

function summarise({ id, name, title, revision, document }: Pipeline): Record<string, unknown> {
  return {
    id,
    name,
    title,
    revision,
    updatedAt: AT,
    nodes: document.nodes.length,
    wires: document.wires.length,
    deployment: { version: 3, state: 'running', deployedAt: AT },
    draftDiffers: true,
    verdict: { kind: 'limited', text: 'Limited by ship: 8 of 8 workers busy', nodeId: 'ship', since: 0 },
    totals: { depth: 12_400, inFlight: 8, oldestAgeMs: 4_200, deadLetters: 2, rateIn: 120.4, rateOut: 0.4 },
  };
}

function statusOf({ id, name, document }: Pipeline): PipelineStatus {
  const percentiles = { p50: 1, p95: 20, p99: 50 };
  return {
    pipelineId: id,
    name,
    version: 3,
    state: 'running',
    at: 0,
    verdict: { kind: 'limited', text: 'Limited by ship: 8 of 8 workers busy', nodeId: 'ship', since: 0 },
    totals: { depth: 12_400, inFlight: 8, oldestAgeMs: 4_200, deadLetters: 2, rateIn: 120.4, rateOut: 0.4 },
    nodes: Object.fromEntries(
      document.nodes.map((node) => [
        node.id,
        {
          id: node.id,
          rateIn: 5,
          rateOut: 12,
          rateFailed: 0,
          completed: 10,
          failed: 0,
          retries: 3,
          retriesDeferred: 0,
          rateLimit: null,
          diverted: 0,
          refused: 0,
          duplicates: 0,
          leasesLost: 0,
          discarded: { debounced: 0, 'singleton-skipped': 0, 'singleton-cancelled': 0 },
          deadLetters: 2,
          redriving: 0,
          busy: 8,
          workers: 8,
          workersMax: 8,
          working: percentiles,
          breaker: 'closed',
          state: 'held',
          heldBy: 'w1',
          lastError: { code: 'target-status', message: 'The target answered 503', at: 0 },
        },
      ]),
    ),
    wires: Object.fromEntries(
      document.wires.map((wire) => [
        wire.id,
        {
          id: wire.id,
          delivery: wire.delivery,
          depth: 12_400,
          capacity: 100_000,
          bytes: 1,
          inFlight: 8,
          delayed: 1,
          oldestAgeMs: 320,
          rateIn: 0,
          rateOut: 9.5,
          waiting: percentiles,
          retries: 0,
          shed: 0,
          late: 0,
          spilled: null,
          saturation: 0.12,
          state: 'open',
          fullSince: null,
          retained: null,
          replay: null,
        },
      ]),
    ),
    removedWires: [
      {
        id: 'old',
        nodeId: 'ship',
        version: 2,
        fate: 'move',
        moveTo: 'w1',
        depth: 7,
        inFlight: 1,
        delayed: 0,
        oldestAgeMs: 9_000,
        since: 0,
        problem: null,
      },
    ],
    limits: null,
    drain: null,
  };
}
