import { WorkError, type BehaviourCatalogue, type Json, type NodeBehaviour, type PreparedNode } from '@sluice/engine';
import type { NodeCatalogue, NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';

/**
 * The plainest node types there can be, for tests of the engine: what they do is obvious, so that what is tested is the
 * delivery and nothing else.
 *
 * - `in`: webhook at path `in`; the body is the payload, `id` its idempotency key, `key` its key
 * - `tick`: one message per `everyMs`
 * - `pass`: gives the payload on; throws permanently on `{ bad: true }`, for a while on `{ failTimes: n }`
 * - `call`: one HTTP call per message
 * - `topic-in`, `topic-out`: the internal bus, topic `bus`
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
  define({ type: 'call', role: 'sink', callsOut: true, outputs: [] }),
  define({ type: 'topic-out', role: 'sink', outputs: [] }),
  define({ type: 'topic-in', role: 'source', sourceStyle: 'event' }),
];

export const plainCatalogue: NodeCatalogue = {
  find: (type) => definitions.find((definition) => definition.type === type),
  types: definitions.map((definition) => definition.type),
};

type Prepare = (settings: Readonly<Record<string, unknown>>, behaviour: Parameters<NodeBehaviour['prepare']>[0]) => PreparedNode;

const field = (payload: Json, name: string): Json | undefined =>
  payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? (payload as Record<string, Json>)[name] : undefined;

const text = (value: Json | undefined): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

const prepares: Readonly<Record<string, Prepare>> = {
  in: () => ({
    kind: 'push-source',
    path: 'in',
    methods: ['POST'],
    bodyLimitBytes: 1_000_000,
    receive: (request) => {
      const payload = JSON.parse(String.fromCharCode(...request.body)) as Json;
      const id = field(payload, 'id');
      return Promise.resolve({
        kind: 'accept',
        outputs: [{ payload, key: text(field(payload, 'key')) }],
        ...(id === undefined ? {} : { idempotency: { key: text(id), windowMs: 3_600_000 } }),
      });
    },
  }),
  tick: (settings) => ({
    kind: 'pull-source',
    firstPollMs: () => 0,
    poll: ({ cursor }) => {
      const sequence = typeof cursor === 'number' ? cursor : 0;
      return Promise.resolve({
        outputs: [{ payload: { sequence } }],
        cursor: sequence + 1,
        idBase: `${sequence}`,
        nextPollMs: Number(settings['everyMs'] ?? 100),
      });
    },
  }),
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
  call: (_, { connectors }) => ({
    kind: 'work',
    work: async (message, { timeoutMs, signal }) => {
      const answer = await connectors.http.call({
        method: 'POST',
        url: 'http://target',
        headers: { 'idempotency-key': message.id },
        body: JSON.stringify(message.payload),
        timeoutMs,
        signal,
      });
      if (answer.status === 500) {
        throw new WorkError('target answered 500', { code: 'target-status', retryable: true, targetFailed: true });
      }
      return { outputs: [] };
    },
  }),
  'topic-out': () => ({
    kind: 'work',
    topics: ['bus'],
    work: (message) => Promise.resolve({ outputs: [], publications: [{ topic: 'bus', output: { payload: message.payload } }] }),
  }),
  'topic-in': () => ({ kind: 'event-source', topic: 'bus', startFrom: 'earliest' }),
};

export const plainBehaviours: BehaviourCatalogue = {
  find: (type) => {
    const prepare = prepares[type];
    if (prepare === undefined) return undefined;
    return { type, prepare: (context) => Promise.resolve(prepare(context.config, context)) };
  },
};
