import type {
  CancelSignal,
  Connectors,
  HttpAnswer,
  HttpCall,
  Json,
  Message,
  NodeBehaviour,
  PreparedNode,
  WorkContext,
} from '@sluice/engine';
import { createSeededRandom } from '../expression/seeded-random.ts';

export const NOON = Date.UTC(2026, 5, 1, 12);

const NEVER_CANCELLED: CancelSignal = { cancelled: false, onCancel: () => () => {} };

type LogEntry = Parameters<Connectors['log']['write']>[0];

/** A workbench for one behaviour: connectors that record, secrets from a table, answers from a function. */
export interface NodeBench {
  readonly calls: readonly HttpCall[];
  readonly lines: readonly LogEntry[];
  prepare<Kind extends PreparedNode['kind']>(
    kind: Kind,
    config: Readonly<Record<string, unknown>>,
  ): Promise<Extract<PreparedNode, { kind: Kind }>>;
}

export function createNodeBench(
  behaviour: NodeBehaviour,
  world: {
    readonly secrets?: Readonly<Record<string, string>>;
    readonly digests?: Connectors['digests'];
    readonly answer?: (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>;
  } = {},
): NodeBench {
  const calls: HttpCall[] = [];
  const lines: LogEntry[] = [];
  const connectors: Connectors = {
    http: {
      async call(call) {
        calls.push(call);
        if (world.answer === undefined) throw new Error('no answer was prepared for this call');
        return world.answer(call);
      },
    },
    log: { write: (entry) => lines.push(entry) },
    secrets: { find: (name) => Promise.resolve(world.secrets?.[name]) },
    ...(world.digests === undefined ? {} : { digests: world.digests }),
  };
  return {
    calls,
    lines,
    async prepare(kind, config) {
      const prepared = await behaviour.prepare({
        pipelineId: 'p1',
        pipelineName: 'orders',
        nodeId: 'n1',
        config,
        connectors,
      });
      if (prepared.kind !== kind) throw new Error(`prepared as ${prepared.kind}, not as ${kind}`);
      // The kind has just been compared.
      return prepared as Extract<PreparedNode, { kind: typeof kind }>;
    },
  };
}

export function anAnswer(
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const isText = typeof body === 'string';
  return {
    status,
    headers: { ...(isText ? {} : { 'content-type': 'application/json' }), ...headers },
    body: isText ? body : JSON.stringify(body),
    truncated: false,
  };
}

export function aMessage(payload: Json, overrides: Partial<Message> = {}): Message {
  return {
    id: '0123456789abcdef0123456789abcdef',
    key: '',
    payload,
    headers: {},
    correlationId: 'fedcba9876543210fedcba9876543210',
    eventTime: NOON,
    enqueuedAt: NOON,
    attempt: 1,
    ...overrides,
  };
}

export function aTry(overrides: Partial<WorkContext> = {}): WorkContext {
  return { now: () => NOON, timeoutMs: 5_000, signal: NEVER_CANCELLED, ...overrides };
}

export function aPoll(cursor: Json | undefined, now = NOON) {
  return { now: () => now, random: createSeededRandom('poll'), cursor, signal: NEVER_CANCELLED, timeoutMs: 5_000 };
}
