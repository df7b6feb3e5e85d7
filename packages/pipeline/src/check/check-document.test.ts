import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { NodeDocument, PipelineDocument, WireDocument } from '../document.ts';
import type { NodeCatalogue, NodeDefinition } from '../node-definition.ts';
import { checkDocument } from './check-document.ts';

const common = {
  title: 'Title',
  summary: 'Summary.',
  icon: 'box',
  initialConfig: {},
  guarantee: 'Keeps order.',
  summarise: () => '',
};
const definitions: readonly NodeDefinition[] = [
  {
    ...common,
    type: 'webhook',
    role: 'source',
    sourceStyle: 'push',
    group: 'Push',
    outputs: [{ name: 'received', summary: '' }],
    callsOut: false,
    config: z.strictObject({ path: z.string().min(1), idempotencyKey: z.string().optional() }),
  },
  {
    ...common,
    type: 'http-poll',
    role: 'source',
    sourceStyle: 'pull',
    group: 'Pull',
    outputs: [{ name: 'items', summary: '' }],
    callsOut: true,
    config: z.strictObject({ url: z.url() }),
  },
  {
    ...common,
    type: 'filter',
    role: 'step',
    group: 'Steps',
    outputs: [
      { name: 'kept', summary: '' },
      { name: 'dropped', summary: '' },
    ],
    callsOut: false,
    config: z.strictObject({ condition: z.string().default('true') }),
  },
  {
    ...common,
    type: 'http-request',
    role: 'sink',
    group: 'Sinks',
    outputs: [{ name: 'done', summary: '' }],
    callsOut: true,
    config: z.strictObject({ url: z.url(), method: z.enum(['POST', 'PUT']).default('POST') }),
  },
  {
    ...common,
    type: 'keeper',
    role: 'step',
    group: 'Steps',
    outputs: [{ name: 'done', summary: '' }],
    portsFor: (config) => [
      { name: 'done', summary: '' },
      { name: String(config['port']), summary: '' },
    ],
    coordinates: true,
    callsOut: false,
    config: z.strictObject({ port: z.string() }),
  },
  { ...common, type: 'log', role: 'sink', group: 'Sinks', outputs: [], callsOut: false, config: z.strictObject({}) },
];
const catalogue: NodeCatalogue = {
  find: (type) => definitions.find((definition) => definition.type === type),
  types: definitions.map((definition) => definition.type),
};

const hook = (id: string, path = id): NodeDocument => ({ id, type: 'webhook', config: { path } });
const filter = (id: string): NodeDocument => ({ id, type: 'filter' });
const ship = (id: string, more: Partial<NodeDocument> = {}): NodeDocument => ({
  id,
  type: 'http-request',
  config: { url: 'http://localhost' },
  ...more,
});
const log = (id: string, more: Partial<NodeDocument> = {}): NodeDocument => ({ id, type: 'log', ...more });

/** `a>b push` is a wire named after its ends. */
function wire(spoken: string, settings: object = {}): WireDocument {
  const [ends = '', delivery = 'pull'] = spoken.split(' ');
  const [from = '', to = ''] = ends.split('>');
  // The tests say which delivery, and give settings that go with it.
  return { id: `${from.replace('.', '-')}-${to}`, from, to, delivery, ...settings } as WireDocument;
}

function pipeline(
  nodes: readonly NodeDocument[],
  wires: readonly WireDocument[],
  more: Partial<PipelineDocument> = {},
): PipelineDocument {
  return { format: 'sluice/v1', name: 'orders', nodes: [...nodes], wires: [...wires], ...more };
}

const CASES: readonly (readonly [title: string, document: PipelineDocument, findings: readonly string[]])[] = [
  [
    'nothing to say about a sensible pipeline',
    pipeline([hook('in'), filter('f'), ship('ship')], [wire('in>f push'), wire('f>ship pull')]),
    [],
  ],
  [
    'two nodes of one id',
    pipeline([hook('in'), log('out'), log('out')], [wire('in>out')]),
    [
      'error duplicate-id /nodes/2/id `nodes[2].id` is "out", which is already the id of `nodes[1]`. Nodes and wires need ids of their own.',
    ],
  ],
  [
    'a wire with the id of a node',
    pipeline([hook('in'), log('out')], [{ ...wire('in>out'), id: 'out' }]),
    [
      'error duplicate-id /wires/0/id `wires[0].id` is "out", which is already the id of `nodes[1]`. Nodes and wires need ids of their own.',
    ],
  ],
  [
    'a misspelt node type',
    pipeline([{ ...hook('in'), type: 'webhok' }, log('out')], [wire('in>out')]),
    [
      'error unknown-node-type /nodes/0/type `nodes[0].type` is "webhok", which is not a type of node. Did you mean `webhook`?',
    ],
  ],
  [
    'a node type that nothing resembles',
    pipeline([{ ...hook('in'), type: 'teleport' }, log('out')], [wire('in>out')]),
    [
      'error unknown-node-type /nodes/0/type `nodes[0].type` is "teleport", which is not a type of node. Known types: filter, http-poll, http-request, keeper, log, webhook.',
    ],
  ],
  [
    'config that the node type does not accept',
    pipeline(
      [
        { id: 'in', type: 'webhook', config: { pth: 'x' } },
        ship('ship', { config: { url: 'nowhere', method: 'POTS' } }),
      ],
      [wire('in>ship')],
    ),
    [
      'error config-invalid /nodes/0/config/path `nodes[0].config.path` is missing.',
      'error unknown-field /nodes/0/config/pth `nodes[0].config.pth` is not a field of the config of webhook. Did you mean `path`?',
      'error config-invalid /nodes/1/config/url `nodes[1].config.url` must be a URL, not "nowhere".',
      'error config-invalid /nodes/1/config/method `nodes[1].config.method` must be `POST` or `PUT`, not "POTS". Did you mean `POST`?',
    ],
  ],
  [
    'config that is not there at all',
    pipeline([{ id: 'in', type: 'webhook' }, log('out')], [wire('in>out')]),
    ['error config-invalid /nodes/0/config/path `nodes[0].config.path` is missing.'],
  ],
  [
    'two webhooks at one address',
    pipeline([hook('a', 'placed'), hook('b', '/placed'), log('out')], [wire('a>out'), wire('b>out')]),
    [
      'error duplicate-webhook-path /nodes/1/config/path `nodes[1].config.path` is "/placed", which node "a" serves already. Give each webhook of a pipeline a path of its own.',
    ],
  ],
  [
    'wires whose ends are not there',
    pipeline([hook('in'), log('out')], [wire('in>out'), wire('inn>out'), wire('in>elsewhere')]),
    [
      'error unknown-node /wires/1/from `wires[1].from` names the node "inn", which is not in the document. Did you mean `in`?',
      'error unknown-node /wires/2/to `wires[2].to` names the node "elsewhere", which is not in the document. Add the node or wire to another one.',
    ],
  ],
  [
    'a port that is not there',
    pipeline([hook('in'), filter('f'), log('out')], [wire('in>f'), wire('f.droped>out'), wire('f.rest>out')]),
    [
      'error unknown-port /wires/1/from `wires[1].from` names the port "droped", but filter nodes have `kept`, `dropped` and `failed`. Did you mean `f.dropped`?',
      'error unknown-port /wires/2/from `wires[2].from` names the port "rest", but filter nodes have `kept`, `dropped` and `failed`.',
    ],
  ],
  [
    'a push wire to a node that needs its messages on disk',
    pipeline(
      [hook('in'), { id: 'k', type: 'keeper', config: { port: 'step' } }, log('out')],
      [wire('in>k push'), wire('k.step>out push'), wire('k>out')],
    ),
    [
      'error push-to-durable /wires/0/delivery `wires[0].delivery` is `push`, but keeper nodes keep their place over a crash, which needs a message on disk. Make the wire `pull` or `event`.',
    ],
  ],
  [
    'a wire into a source',
    pipeline([hook('a'), hook('b'), log('out')], [wire('a>b'), wire('b>out')]),
    [
      'error wire-to-source /wires/0/to `wires[0].to` is "b", a webhook node: a source takes nothing in. Wire to a step or a sink.',
    ],
  ],
  [
    'a wire out of a node that puts nothing out',
    pipeline([hook('in'), log('a'), log('b')], [wire('in>a'), wire('a>b')]),
    [
      'error wire-from-sink /wires/1/from `wires[1].from` is "a", a log node, which puts nothing out. Start the wire at another node, or at `a.failed` for what it gives up.',
    ],
  ],
  [
    'a wire from a node to itself',
    pipeline([hook('in'), filter('f'), log('out')], [wire('in>f'), wire('f>f'), wire('f.dropped>out')]),
    [
      'error wire-to-self /wires/1/to `wires[1].to` is the node where the wire starts ("f"). A node cannot feed itself: wire it to another node.',
    ],
  ],
  [
    'two wires that do the same',
    pipeline([hook('in'), log('out')], [wire('in>out'), { ...wire('in.received>out push'), id: 'again' }]),
    [
      'warning doubled-wire /wires/1 `wires[1]` runs between the same port and node as wire "in-out", so every message arrives there twice. Remove one of them.',
    ],
  ],
  [
    'a ring of push wires',
    pipeline(
      [hook('in'), filter('a'), filter('b'), filter('c')],
      [wire('in>a'), wire('a>b push'), wire('b>c push'), wire('c>a push')],
    ),
    [
      'error push-cycle /wires/1 The wires a → b → c → a lead back to where they start over push wires alone: each call would wait for itself and time out. Make one of these wires pull or event, or take it out.',
    ],
  ],
  [
    'a ring that passes a queue',
    pipeline(
      [hook('in'), filter('a'), filter('b'), log('out')],
      [wire('in>a'), wire('a>b push'), wire('b>a pull'), wire('b.dropped>out')],
    ),
    [
      'warning cycle /wires/1 The wires a → b → a lead back to where they start: a message may go round for ever. Make sure that a node on the way filters messages out.',
    ],
  ],
  [
    'each of two rings, but not a way that meets itself again',
    pipeline(
      [hook('in'), filter('a'), filter('b'), filter('c'), filter('d'), log('out')],
      [
        wire('in>a'),
        wire('in>d'),
        wire('a>b push'),
        wire('b>a push'),
        wire('b>c'),
        wire('c>d push'),
        wire('d>c event'),
        wire('d>out'),
      ],
    ),
    [
      'error push-cycle /wires/2 The wires a → b → a lead back to where they start over push wires alone: each call would wait for itself and time out. Make one of these wires pull or event, or take it out.',
      'warning cycle /wires/5 The wires c → d → c lead back to where they start: a message may go round for ever. Make sure that a node on the way filters messages out.',
    ],
  ],
  [
    'nothing to say about a queue with priorities, low water and visibility',
    pipeline(
      [hook('in'), log('out')],
      [wire('in>out pull', { queue: { priority: 'urgency', lowWater: 0.5, visibility: '1s' } })],
    ),
    [],
  ],
  [
    'nothing to say about what a pipeline may keep in all',
    {
      ...pipeline([hook('in'), log('out')], [wire('in>out pull')]),
      limits: { bytes: 5_000_000_000, deadLetterAge: '7d' },
    },
    [],
  ],
  [
    'more room for dead letters than for the whole pipeline',
    {
      ...pipeline([hook('in'), log('out')], [wire('in>out pull')]),
      limits: { bytes: 1_000, deadLetterBytes: 1_001 },
    },
    [
      'warning limit-never-reached /limits/deadLetterBytes `limits.deadLetterBytes` is more than `limits.bytes` (1000), which dead letters count towards: the pipeline is full before. Lower the one or raise the other.',
    ],
  ],
  [
    'priority on a wire that keeps order',
    pipeline([hook('in'), log('out')], [wire('in>out pull', { queue: { priority: 'urgency', orderBy: 'customer' } })]),
    [
      'error priority-against-order /wires/0/queue/priority `wires[0].queue.priority` contradicts `orderBy`: order goes before priority. Remove one of them.',
    ],
  ],
  [
    'a visibility that no worker could live with',
    pipeline(
      [hook('in'), log('a'), log('b')],
      [wire('in>a pull', { queue: { visibility: '200ms' } }), wire('in>b event', { log: { visibility: '2d' } })],
    ),
    [
      'error out-of-range /wires/0/queue/visibility `wires[0].queue.visibility` must be between 1s and 12h. Work may take longer: what is worked on is kept by a heartbeat.',
      'error out-of-range /wires/1/log/visibility `wires[1].log.visibility` must be between 1s and 12h. Work may take longer: what is worked on is kept by a heartbeat.',
    ],
  ],
  [
    'settings of calls that change nothing beside the others',
    pipeline(
      [hook('in'), ...['a', 'b', 'c', 'd', 'e'].map((id) => log(id))],
      [
        wire('in>a push', { call: { overflow: 'shed', priority: 'urgency', line: 20 } }),
        wire('in>b push', { call: { overflow: 'shed' } }),
        wire('in>c push', { call: { overflow: 'shed', priority: 'urgency', line: 0 } }),
        wire('in>d push', { call: { overflow: 'wait', line: 5 } }),
        wire('in>e push', { call: { priority: 'urgency', line: 0, spill: { capacity: 5 } } }),
      ],
    ),
    [
      'warning setting-without-effect /wires/1/call/overflow `wires[1].call.overflow` has no effect: without `priority` all calls are alike, and the one that comes is refused. Say where the priority stands.',
      'warning setting-without-effect /wires/2/call/overflow `wires[2].call.overflow` has no effect: with `line: 0` there is nobody in line who could make way. Give the wire a line.',
      'warning setting-without-effect /wires/2/call/priority `wires[2].call.priority` has no effect: with `line: 0` there is nobody in line who could be overtaken. Remove it.',
      'warning setting-without-effect /wires/3/call/line `wires[3].call.line` has no effect: with `overflow: wait` calls wait until their deadline, however many there are. Remove it.',
      'warning setting-without-effect /wires/4/call/spill `wires[4].call.spill` has no effect: only `overflow: spill` keeps calls on a queue. Set that, or remove it.',
      'warning setting-without-effect /wires/4/call/priority `wires[4].call.priority` has no effect: with `line: 0` there is nobody in line who could be overtaken. Remove it.',
    ],
  ],
  [
    'a deadline that keeps a breaker from seeing a target that hangs',
    pipeline(
      [hook('in'), ship('a'), ship('b', { work: { timeout: '4s' } }), ship('c', { work: { timeout: '1m' } }), log('d')],
      [
        wire('in>a push', { call: { deadline: '5s' } }),
        wire('in>b push', { call: { deadline: '5s' } }),
        wire('in>c push', {}),
        wire('in>d push', { call: { deadline: '1s' } }),
      ],
    ),
    [
      'info deadline-below-timeout /wires/0/call/deadline `wires[0].call.deadline` (5s) is over before the timeout of "a" (30s), so the breaker there never counts a target that hangs. Give the node a `work.timeout` below the deadline.',
    ],
  ],
  [
    'event wires that disagree about their one log',
    pipeline(
      [hook('in'), log('a'), log('b'), log('c')],
      [
        wire('in>a event', { log: { partitions: 2, retention: '1d' } }),
        wire('in.received>b event', { log: { partitions: 4, retention: '1d' } }),
        wire('in>c event', { log: { partitions: 2, startFrom: 'latest' } }),
      ],
    ),
    [
      'error log-settings-differ /wires/1/log/partitions `wires[1].log.partitions` differs from that of wire "in-a", but both read the one log of "in.received". Write it alike on both.',
      'error log-settings-differ /wires/2/log/retention `wires[2].log.retention` differs from that of wire "in-a", but both read the one log of "in". Write it alike on both.',
    ],
  ],
  [
    'event wires that disagree about when their one log opens again',
    pipeline([hook('in'), log('a'), log('b')], [wire('in>a event', { log: { lowWater: 0.5 } }), wire('in>b event')]),
    [
      'error log-settings-differ /wires/1/log/lowWater `wires[1].log.lowWater` differs from that of wire "in-a", but both read the one log of "in". Write it alike on both.',
    ],
  ],
  [
    'nothing to say about verbs that go together',
    pipeline(
      [
        hook('in'),
        ship('ship', {
          work: {
            workers: { min: 1, max: 8 },
            concurrency: { limit: 2, key: 'customer' },
            throttle: { limit: 10, period: '1m' },
            batch: { size: 10, key: 'customer' },
          },
        }),
        log('a', { work: { debounce: { period: '5s', key: '$key' } } }),
        log('b', { work: { singleton: { mode: 'cancel' }, debounce: { period: '5s' } } }),
      ],
      [wire('in>ship'), wire('in>a event'), wire('in>b')],
    ),
    [],
  ],
  [
    'verbs that contradict each other',
    pipeline(
      [
        hook('in'),
        log('a', {
          work: {
            batch: { size: 10, key: 'customer' },
            debounce: { period: '5s' },
            singleton: { mode: 'skip' },
            throttle: { limit: 1, period: '0s', key: 'order' },
            concurrency: { limit: 1, key: 'order' },
            rateLimit: { rate: '1/s', key: 'order' },
          },
        }),
        log('b', { work: { debounce: { period: '5s', maxWait: '1s' } } }),
      ],
      [wire('in>a'), wire('in>b')],
    ),
    [
      'error out-of-range /nodes/1/work/throttle/period `nodes[1].work.throttle.period` must be longer than 0.',
      'error verbs-contradict /nodes/1/work/debounce `nodes[1].work.debounce` contradicts `batch`: one keeps the last, the other all. Remove one of them.',
      'error verbs-contradict /nodes/1/work/singleton `nodes[1].work.singleton` contradicts `batch`: it would discard messages of a batch. Remove one of them.',
      'error verbs-contradict /nodes/1/work/throttle/key `nodes[1].work.throttle.key` differs from that of `batch`: a batch may hold several. Use the same key, or none.',
      'error verbs-contradict /nodes/1/work/rateLimit/key `nodes[1].work.rateLimit.key` differs from that of `batch`: a batch may hold several. Use the same key, or none.',
      'error verbs-contradict /nodes/1/work/concurrency/key `nodes[1].work.concurrency.key` differs from that of `batch`: a batch may hold several. Use the same key for both.',
      'warning setting-without-effect /nodes/2/work/debounce/maxWait `nodes[2].work.debounce.maxWait` is shorter than `period`, which then has no effect. Make it longer, or shorten the period.',
    ],
  ],
  [
    'verbs that contradict the order of a queue',
    pipeline(
      [
        hook('in'),
        log('a', { work: { debounce: { period: '5s', key: 'customer' } } }),
        log('b', { work: { batch: { size: 5, key: 'order' } } }),
        log('c', { work: { batch: { size: 5, key: 'customer' } } }),
        log('d', {
          work: { concurrency: { limit: 2, key: 'customer' }, singleton: { mode: 'skip', key: 'customer' } },
        }),
      ],
      ['a', 'b', 'c', 'd'].map((id) => wire(`in>${id} pull`, { queue: { orderBy: 'customer' } })),
    ),
    [
      'error verb-against-order /nodes/1/work/debounce `nodes[1].work.debounce` contradicts the order of wire "in-a": a message is handed out only when the one before it is done, so later ones are not seen. Remove `orderBy`, or make the wire event.',
      'error verb-against-order /nodes/2/work/batch `nodes[2].work.batch` goes by another key than wire "in-b", which is ordered by `customer`: messages would have to overtake others. Use that key, or none.',
      'error verb-against-order /nodes/3/work/batch `nodes[3].work.batch` would never hold more than one message: wire "in-c" hands out one message per value of `customer` at a time. Remove the key, or `orderBy`.',
      'warning setting-without-effect /nodes/4/work/concurrency `nodes[4].work.concurrency` has no effect on wire "in-d", which hands out one message per value of `customer` at a time. Remove it, or use another key.',
      'warning setting-without-effect /nodes/4/work/singleton `nodes[4].work.singleton` has no effect on wire "in-d", which hands out one message per value of `customer` at a time. Remove it, or use another key.',
    ],
  ],
  [
    'verbs that contradict the order of a log',
    pipeline(
      [
        hook('in'),
        log('a', { work: { debounce: { period: '5s', key: 'customer' } } }),
        log('b', { work: { debounce: { period: '5s' } } }),
        log('c', { work: { batch: { size: 5, key: 'customer' } } }),
      ],
      [wire('in>a event'), wire('in>b event'), wire('in>c event')],
    ),
    [
      'error verb-against-order /nodes/1/work/debounce `nodes[1].work.debounce` must use the key `$key`, by which wire "in-a" is ordered: messages of another key stand in several partitions.',
      'error verb-against-order /nodes/2/work/debounce `nodes[2].work.debounce` must use the key `$key`, by which wire "in-b" is ordered: messages of another key stand in several partitions.',
      'error verb-against-order /nodes/3/work/batch `nodes[3].work.batch` goes by another key than wire "in-c", which is ordered by `$key`: messages would have to overtake others. Use that key, or none.',
    ],
  ],
  [
    'a coordinator that would work on batches',
    pipeline(
      [hook('in'), { id: 'k', type: 'keeper', config: { port: 'x' }, work: { batch: { size: 5 } } }, log('out')],
      [wire('in>k'), wire('k>out push'), wire('k.x>out')],
    ),
    [
      'error verbs-contradict /nodes/1/work/batch `nodes[1].work.batch` contradicts the node: a coordinator keeps a run for each message. Remove it.',
    ],
  ],
  [
    'work settings on a source that the outside drives',
    pipeline([{ ...hook('in'), work: { workers: 2, rateLimit: '5/s' } }, log('out')], [wire('in>out')]),
    [
      'warning setting-without-effect /nodes/0/work/workers `nodes[0].work.workers` has no effect: the outside decides when this source receives. Remove it.',
      'warning setting-without-effect /nodes/0/work/rateLimit `nodes[0].work.rateLimit` has no effect: the outside decides when this source receives. Remove it.',
    ],
  ],
  [
    'work settings that a poller does not heed, beside those that it does',
    pipeline(
      [
        {
          id: 'in',
          type: 'http-poll',
          config: { url: 'http://localhost' },
          work: { workers: 2, timeout: '5s', rateLimit: '1/s', quarantineAfter: 2 },
        },
        log('out'),
      ],
      [wire('in>out')],
    ),
    [
      'warning setting-without-effect /nodes/0/work/workers `nodes[0].work.workers` has no effect: a source of this kind takes one thing at a time. Remove it.',
      'warning setting-without-effect /nodes/0/work/rateLimit `nodes[0].work.rateLimit` has no effect: the config of this source says how often it works. Remove it.',
      'warning setting-without-effect /nodes/0/work/quarantineAfter `nodes[0].work.quarantineAfter` has no effect: only messages that were leased are counted. Remove it.',
    ],
  ],
  [
    'a breaker where there is no target',
    pipeline(
      [
        hook('in'),
        log('out', {
          work: { breaker: { failureRate: 0.5, window: '30s', minimumCalls: 10, openFor: '30s', probes: 1 } },
        }),
      ],
      [wire('in>out')],
    ),
    [
      'warning setting-without-effect /nodes/1/work/breaker `nodes[1].work.breaker` has no effect: log nodes call no target that could be down. Remove it.',
    ],
  ],
  [
    'a second owner of retries',
    pipeline(
      [hook('in'), ship('ship', { work: { quarantineAfter: 2, retry: { attempts: 3, base: '1s', cap: '5s' } } })],
      [wire('in>ship push')],
    ),
    [
      'warning setting-without-effect /nodes/1/work/quarantineAfter `nodes[1].work.quarantineAfter` has no effect: on push wires the caller holds the message, so there is no lease to count. Remove it.',
      "warning double-retry /nodes/1/work/retry `nodes[1].work.retry` repeats tries on a node that is fed only by push, where the caller already owns retries: failures are multiplied within the caller's deadline. Remove it, or make the wire pull.",
    ],
  ],
  [
    'no second owner where the wire spills to a queue, which redelivers',
    pipeline(
      [hook('in'), ship('ship', { work: { quarantineAfter: 2, retry: { attempts: 3, base: '1s', cap: '5s' } } })],
      [wire('in>ship push', { call: { overflow: 'spill', spill: { capacity: 500 } } })],
    ),
    [],
  ],
  [
    'no second owner where a queue feeds the node too',
    pipeline(
      [hook('a'), hook('b'), ship('ship', { work: { retry: { attempts: 3, base: '1s', cap: '5s' } } })],
      [wire('a>ship push'), wire('b>ship pull')],
    ),
    [],
  ],
  [
    'no second owner where a node fed by push says how to take failures, but not to try again',
    pipeline(
      [hook('in'), ship('ship', { work: { retry: { rules: [{ status: ['409'], action: 'give-up' }] } } })],
      [wire('in>ship push')],
    ),
    [],
  ],
  [
    'waits of a retry that cancel each other out',
    pipeline(
      [
        hook('in'),
        ship('a', { work: { retry: { schedule: ['1s', '1m'], attempts: 2, base: '1s', backoff: 'constant' } } }),
        ship('b', { work: { retry: { backoff: 'constant', base: '10m', cap: '1m' } } }),
        ship('c', { work: { retry: { base: '10m' } } }),
        ship('d', { work: { retry: { base: '10m', cap: '1h' } } }),
        ship('e', { work: { retry: { schedule: ['5s', '5m'], attempts: 9 } } }),
      ],
      ['a', 'b', 'c', 'd', 'e'].map((to) => wire(`in>${to}`)),
    ),
    [
      'warning setting-without-effect /nodes/1/work/retry/backoff `nodes[1].work.retry.backoff` has no effect: `schedule` says every wait. Remove it, or the schedule.',
      'warning setting-without-effect /nodes/1/work/retry/base `nodes[1].work.retry.base` has no effect: `schedule` says every wait. Remove it, or the schedule.',
      'warning setting-without-effect /nodes/1/work/retry/schedule `nodes[1].work.retry.schedule` has 2 waits, but 2 attempts come to 1: the last are never used. Raise `attempts` to 3, or shorten the schedule.',
      'warning setting-without-effect /nodes/2/work/retry/cap `nodes[2].work.retry.cap` has no effect: with `backoff: constant` every wait is `base`. Remove it.',
      'warning base-above-cap /nodes/3/work/retry/base `nodes[3].work.retry.base` is longer than the longest wait, 5m where `cap` says nothing, so no wait doubles. Raise `cap`, or lower the base.',
    ],
  ],
  [
    'one budget with two rates',
    pipeline(
      [
        hook('in'),
        ship('a', { work: { rateLimit: { rate: '60/m', budget: 'api' } } }),
        ship('b', { work: { rateLimit: { rate: '1/s', budget: 'api' } } }),
        ship('c', { work: { rateLimit: { rate: '2/s', budget: 'api' } } }),
        ship('d', { work: { rateLimit: { rate: '2/s', budget: 'other' } } }),
      ],
      ['a', 'b', 'c', 'd'].map((to) => wire(`in>${to}`)),
    ),
    [
      'warning budget-rates-differ /nodes/3/work/rateLimit `nodes[3].work.rateLimit` limits budget "api" in another way than node "a" does. The lowest rate and burst hold for both: write the same at both, or name another budget.',
    ],
  ],
  [
    'a way for failures where nothing is given up',
    pipeline(
      [hook('in'), ship('a'), ship('b'), log('out')],
      [
        wire('in>a event', { log: { onPoison: 'block' } }),
        wire('in>b event'),
        wire('a.failed>out'),
        wire('b.failed>out'),
      ],
    ),
    [
      'warning nothing-given-up /wires/2/from `wires[2].from` waits for what "a" gives up, but the wires that lead there block on poison and never give up. Set `onPoison: park` there, or remove this wire.',
    ],
  ],
  [
    'nodes that are not on any way',
    pipeline(
      [hook('in'), hook('idle'), filter('f'), filter('g'), log('alone'), log('out')],
      [wire('in>f'), wire('g>out')],
    ),
    [
      'warning source-unwired /nodes/1 Source "idle" has no wire out of it, so what it receives goes nowhere. Wire it to a step or a sink.',
      'warning step-unwired /nodes/2 Step "f" has no wire out of it, so its results are dropped. Wire it to a step or a sink.',
      'warning node-unfed /nodes/3 No wire leads to node "g", so it never gets a message. Wire a source or step to it.',
      'warning node-unconnected /nodes/4 Node "alone" is not connected to anything, so it does nothing. Wire it in or remove it.',
    ],
  ],
  [
    'an empty pipeline',
    pipeline([], []),
    ['warning empty-pipeline /nodes The pipeline has no nodes. Add a source to begin.'],
  ],
  [
    'a pipeline into which nothing comes',
    pipeline([filter('f'), log('out')], [wire('f>out')]),
    [
      'warning node-unfed /nodes/0 No wire leads to node "f", so it never gets a message. Wire a source or step to it.',
      'warning no-source /nodes The pipeline has no source, so nothing ever comes in. Add one and wire it to the first step.',
    ],
  ],
  [
    'a place for a node that is not there',
    pipeline([hook('in'), log('out')], [wire('in>out')], { layout: { in: [0, 0], gone: [1, 1] } }),
    ['warning layout-without-node /layout/gone `layout.gone` places a node that is not in the document. Remove it.'],
  ],
];

describe('checking finds', () => {
  test.each(CASES)('%s', (_title, document, findings) => {
    expect(
      checkDocument(document, catalogue).map(
        ({ severity, code, path, message }) => `${severity} ${code} ${path} ${message}`,
      ),
    ).toEqual(findings);
  });
});

describe('findings', () => {
  test('name the node or wire to select', () => {
    const found = checkDocument(pipeline([{ ...hook('in'), type: 'webhok' }], [wire('in>gone')]), catalogue);
    expect(found.map(({ element, suggestion }) => ({ element, suggestion }))).toEqual([
      { element: { kind: 'node', id: 'in' }, suggestion: 'webhook' },
      { element: { kind: 'wire', id: 'in-gone' }, suggestion: undefined },
    ]);
  });

  test('tell errors before warnings', () => {
    const found = checkDocument(
      pipeline([hook('in'), log('alone'), ship('ship', { config: {} })], [wire('in>ship')]),
      catalogue,
    );
    expect(found.map(({ severity }) => severity)).toEqual(['error', 'warning']);
  });
});

test('rings are found in the largest pipeline without running out of stack', () => {
  const nodes = Array.from({ length: 2_000 }, (_, index) => filter(`n${index}`));
  const wires = nodes.map(({ id }, index) => wire(`${id}>n${(index + 1) % nodes.length} push`));
  const found = checkDocument(pipeline(nodes, wires), catalogue);
  expect(found.filter(({ code }) => code === 'push-cycle').map(({ message }) => message.slice(0, 100))).toEqual([
    'The wires n0 → n1 → n2 → n3 → n4 → n5 → n6 → n7 → n8 → n9 → n10 → … → n1999 → n0 lead back to where ',
  ]);
});
