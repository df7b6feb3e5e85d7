import {
  WorkError,
  type BehaviourCatalogue,
  type Connectors,
  type Json,
  type NodeBehaviour,
  type PreparedNode,
} from '@sluice/engine';
import type { NodeCatalogue, NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';

/**
 * The plainest node types there can be, for tests of the engine: what they do is obvious, so that what is tested is the
 * delivery and nothing else.
 *
 * - `in`: webhook at path `in`, or `path`; the body is the payload, `id` its idempotency key, `key` its key
 * - `tick`: `page` messages (1) per `everyMs`, `limit` in all, with `keys` keys in turn
 * - `pass`: gives the payload on; throws permanently on `{ bad: true }`, for a while on `{ failTimes: n }`
 * - `split`: gives the payload on `parts` times
 * - `call`: one HTTP call per message, to `url`; `call-on` gives the payload on afterwards
 * - `steps`: a coordinator of charge, reserve (both can be undone) and ship; `together` calls the first two at once
 * - `topic-in`, `topic-out`: the internal bus, topic `bus` or `topic`
 */
const config = z.record(z.string(), z.json());

function define(part: Pick<NodeDefinition, 'type' | 'role'> & Partial<NodeDefinition>): NodeDefinition {
  return {
    group: 'Steps',
    title: part.type,
    summary: part.type,
    icon: 'box',
    outputs: [{ name: 'out', summary: 'What comes out.' }],
    callsOut: false,
    config,
    initialConfig: {},
    guarantee: '',
    summarise: () => '',
    ...part,
  };
}

const definitions: readonly NodeDefinition[] = [
  define({ type: 'in', role: 'source', sourceStyle: 'push' }),
  define({ type: 'tick', role: 'source', sourceStyle: 'pull' }),
  define({ type: 'pass', role: 'step' }),
  define({ type: 'split', role: 'step' }),
  define({ type: 'call', role: 'sink', callsOut: true, outputs: [] }),
  define({ type: 'call-on', role: 'step', callsOut: true }),
  define({
    type: 'steps',
    role: 'step',
    coordinates: true,
    outputs: ['done', 'undone', 'charge', 'reserve', 'ship', 'undo-charge', 'undo-reserve'].map((name) => ({
      name,
      summary: name,
    })),
  }),
  define({ type: 'topic-out', role: 'sink', outputs: [] }),
  define({ type: 'topic-in', role: 'source', sourceStyle: 'event' }),
];

export const plainCatalogue: NodeCatalogue = {
  find: (type) => definitions.find((definition) => definition.type === type),
  types: definitions.map((definition) => definition.type),
};

type Prepare = (
  settings: Readonly<Record<string, unknown>>,
  behaviour: Parameters<NodeBehaviour['prepare']>[0],
) => PreparedNode;

const field = (payload: Json, name: string): Json | undefined =>
  payload !== null && typeof payload === 'object' && !Array.isArray(payload)
    ? (payload as Record<string, Json>)[name]
    : undefined;

const word = (settings: Readonly<Record<string, unknown>>, name: string, absent: string): string => {
  const value = settings[name];
  return typeof value === 'string' ? value : absent;
};

const text = (value: Json | undefined): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

const prepares: Readonly<Record<string, Prepare>> = {
  in: (settings) => ({
    kind: 'push-source',
    path: word(settings, 'path', 'in'),
    methods: ['POST'],
    bodyLimitBytes: 1_000_000,
    receive: (request) => {
      const payload = JSON.parse(String.fromCharCode(...request.body)) as Json;
      if (field(payload, 'forged') === true) {
        const problem = { status: 401, code: 'signature-invalid', title: 'Forged', detail: 'The signature is wrong.' };
        return Promise.resolve({ kind: 'refuse', problem });
      }
      const id = field(payload, 'id');
      return Promise.resolve({
        kind: 'accept',
        outputs: [{ payload, key: text(field(payload, 'key')) }],
        ...(id === undefined ? {} : { idempotency: { key: text(id), windowMs: 3_600_000 } }),
      });
    },
  }),
  tick: (settings) => {
    const number = (name: string, absent: number): number => Number(settings[name] ?? absent);
    const page = number('page', 1);
    const keys = number('keys', 1);
    const limit = number('limit', Number.POSITIVE_INFINITY);
    return {
      kind: 'pull-source',
      firstPollMs: () => 0,
      poll: ({ cursor }) => {
        const from = typeof cursor === 'number' ? cursor : 0;
        const count = Math.min(page, limit - from);
        if (count <= 0) return Promise.resolve({ outputs: [], idBase: 'done', nextPollMs: 60_000 });
        const outputs = Array.from({ length: count }, (_, index) => {
          const sequence = from + index;
          return {
            payload: { id: `t${sequence}`, n: sequence, key: `k${sequence % keys}` },
            key: `k${sequence % keys}`,
          };
        });
        return Promise.resolve({
          outputs,
          cursor: from + count,
          idBase: `${from}`,
          nextPollMs: number('everyMs', 100),
        });
      },
    };
  },
  pass: () => {
    const failures = new Map<string, number>();
    return {
      kind: 'work',
      work: (message) => {
        if (field(message.payload, 'bad') === true) {
          return Promise.reject(new WorkError('bad payload', { code: 'bad-payload', retryable: false }));
        }
        const wanted = field(message.payload, 'failTimes');
        const failed = failures.get(message.id) ?? 0;
        if (typeof wanted === 'number' && failed < wanted) {
          failures.set(message.id, failed + 1);
          return Promise.reject(new WorkError('not yet', { code: 'not-yet', retryable: true }));
        }
        return Promise.resolve({ outputs: [{ payload: message.payload }] });
      },
    };
  },
  split: (settings) => ({
    kind: 'work',
    work: ({ payload }) =>
      Promise.resolve({ outputs: Array.from({ length: Number(settings['parts'] ?? 2) }, () => ({ payload })) }),
  }),
  steps: (settings) => ({
    kind: 'coordinator',
    steps: [
      { port: 'charge', undoPort: 'undo-charge', together: false },
      { port: 'reserve', undoPort: 'undo-reserve', together: settings['together'] === true },
      { port: 'ship', together: false },
    ],
    donePort: 'done',
    undonePort: 'undone',
  }),
  call: (settings, { connectors }) => callTo(settings, connectors, false),
  'call-on': (settings, { connectors }) => callTo(settings, connectors, true),
  'topic-out': (settings) => {
    const topic = word(settings, 'topic', 'bus');
    return {
      kind: 'work',
      topics: [topic],
      work: (message) =>
        Promise.resolve({ outputs: [], publications: [{ topic, output: { payload: message.payload } }] }),
    };
  },
  'topic-in': (settings) => ({
    kind: 'event-source',
    topic: word(settings, 'topic', 'bus'),
    startFrom: 'earliest',
  }),
};

/** 429 asks for rest, other 4xx are permanent, 5xx is the target's failure. */
function callTo(settings: Readonly<Record<string, unknown>>, connectors: Connectors, passOn: boolean): PreparedNode {
  return {
    kind: 'work',
    work: async (message, { timeoutMs, signal }) => {
      const { status, headers } = await connectors.http.call({
        method: 'POST',
        url: word(settings, 'url', 'http://target'),
        headers: { 'idempotency-key': message.id },
        body: JSON.stringify(message.payload),
        timeoutMs,
        signal,
      });
      if (status >= 400) {
        const retryable = status === 429 || status >= 500;
        const retryAfter = headers['retry-after'];
        throw new WorkError(`target answered ${status}`, {
          code: 'target-status',
          status,
          retryable,
          targetFailed: retryable,
          ...(retryAfter === undefined ? {} : { retryAfterMs: Number(retryAfter) * 1_000 }),
        });
      }
      return { outputs: passOn ? [{ payload: message.payload }] : [] };
    },
  };
}

export const plainBehaviours: BehaviourCatalogue = {
  find: (type) => {
    const prepare = prepares[type];
    if (prepare === undefined) return undefined;
    return { type, prepare: (context) => Promise.resolve(prepare(context.config, context)) };
  },
};
