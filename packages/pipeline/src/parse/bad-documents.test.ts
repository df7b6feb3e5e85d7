import { describe, expect, test } from 'vitest';
import { parseDocument } from './parse-document.ts';

type Loose = Record<string, unknown>;

const webhook: Loose = { id: 'in', type: 'webhook', config: { path: 'placed' } };
const ship: Loose = { id: 'ship', type: 'http-request', config: { url: 'http://127.0.0.1:9000' } };
const pull: Loose = { id: 'w1', from: 'in', to: 'ship', delivery: 'pull' };
const good: Loose = { format: 'sluice/v1', name: 'orders', nodes: [webhook, ship], wires: [pull] };

const withShip = (change: Loose): Loose => ({ ...good, nodes: [webhook, { ...ship, ...change }] });
const withWork = (work: unknown): Loose => withShip({ work });
const withWire = (change: Loose): Loose => ({ ...good, wires: [{ ...pull, ...change }] });
const without = (field: string): Loose => Object.fromEntries(Object.entries(good).filter(([name]) => name !== field));

/** What is wrong, the document, and every word that its author reads. */
const BAD_DOCUMENTS: readonly (readonly [title: string, document: unknown, messages: readonly string[]])[] = [
  ['null', null, ['A document must be an object with `format`, `name`, `nodes` and `wires`, not null.']],
  ['a list', [good], ['A document must be an object with `format`, `name`, `nodes` and `wires`, not a list.']],
  [
    'a text',
    'sluice/v1',
    ['A document must be an object with `format`, `name`, `nodes` and `wires`, not "sluice/v1".'],
  ],
  ['no format', without('format'), ['`format` is missing. The first field of a document is `format: sluice/v1`.']],
  [
    'a newer format',
    { ...good, format: 'sluice/v2' },
    [
      '`format` is "sluice/v2", which is newer than this version of Sluice knows (`sluice/v1`). Update Sluice to open it.',
    ],
  ],
  [
    'a misspelt format',
    { ...good, format: 'sluce/v1' },
    ['`format` is "sluce/v1", which is not a known format. Known: `sluice/v1`.'],
  ],
  [
    'a format that is a number',
    { ...good, format: 1 },
    ['`format` is 1, which is not a known format. Known: `sluice/v1`.'],
  ],
  ['no name', without('name'), ['`name` is missing.']],
  ['an empty name', { ...good, name: '' }, ['`name` must not be empty.']],
  [
    'a name with capitals',
    { ...good, name: 'Orders' },
    ['`name` must be lower-case letters, digits and -, starting with a letter or digit.'],
  ],
  ['a name that is too long', { ...good, name: 'o'.repeat(65) }, ['`name` must have at most 64 characters.']],
  ['a name that is a number', { ...good, name: 7 }, ['`name` must be text, not 7.']],
  ['an empty title', { ...good, title: '' }, ['`title` must not be empty.']],
  ['no nodes', without('nodes'), ['`nodes` is missing.']],
  ['no wires', without('wires'), ['`wires` is missing.']],
  ['nodes by name', { ...good, nodes: { in: webhook } }, ['`nodes` must be a list, not an object.']],
  ['a node that is a text', { ...good, nodes: ['webhook'] }, ['`nodes[0]` must be an object, not "webhook".']],
  ['a node that is null', { ...good, nodes: [null] }, ['`nodes[0]` must be an object, not null.']],
  [
    'too many nodes',
    { ...good, nodes: Array.from({ length: 2_001 }, (_, index) => ({ id: `n${index}`, type: 'log' })) },
    ['`nodes` must have at most 2000 entries.'],
  ],
  [
    'a misspelt field of the document',
    { ...good, node: [] },
    ['`node` is not a field of a document. Did you mean `notes`?'],
  ],
  [
    'an unknown field of the document',
    { ...good, colour: 'red' },
    [
      '`colour` is not a field of a document, which has `format`, `name`, `title`, `notes`, `nodes`, `wires`, `objectives`, `limits`, `trace` and `layout`.',
    ],
  ],
  [
    'an objective beside the objectives',
    { ...good, freshness: '5s' },
    ['`freshness` is not a field of a document. Did you mean `objectives.freshness`?'],
  ],
  ['a node without id', { ...good, nodes: [{ type: 'webhook' }], wires: [] }, ['`nodes[0].id` is missing.']],
  ['a node without type', { ...good, nodes: [{ id: 'in' }], wires: [] }, ['`nodes[0].type` is missing.']],
  [
    'an id that starts with a digit',
    { ...good, nodes: [{ id: '1st', type: 'webhook' }], wires: [] },
    ['`nodes[0].id` must start with a letter and hold only letters, digits, - and _.'],
  ],
  [
    'an id with a dot',
    { ...good, nodes: [{ id: 'a.b', type: 'webhook' }], wires: [] },
    ['`nodes[0].id` must start with a letter and hold only letters, digits, - and _.'],
  ],
  [
    'an id that JavaScript keeps for itself',
    { ...good, nodes: [{ id: 'valueOf', type: 'webhook' }], wires: [] },
    ['`nodes[0].id` is a reserved word: choose another id.'],
  ],
  ['config that is a text', withShip({ config: 'url' }), ['`nodes[1].config` must be an object, not "url".']],
  [
    'a misspelt field of a node',
    withShip({ wrk: {} }),
    ['`nodes[1].wrk` is not a field of a node. Did you mean `work`?'],
  ],
  [
    'a work setting beside work',
    withShip({ timeout: '5s' }),
    ['`nodes[1].timeout` is not a field of a node. Did you mean `work.timeout`?'],
  ],
  [
    'a misspelt work setting',
    withWork({ retries: { attempts: 3 } }),
    ['`nodes[1].work.retries` is not a field of work. Did you mean `retry`?'],
  ],
  [
    'a retry setting beside retry',
    withWork({ attempts: 3 }),
    ['`nodes[1].work.attempts` is not a field of work. Did you mean `retry.attempts`?'],
  ],
  [
    'a timeout that is a number',
    withWork({ timeout: 5 }),
    ['`nodes[1].work.timeout` is not a duration such as 200ms, 5s, 5m, 2h or 3d.'],
  ],
  [
    'a timeout without unit',
    withWork({ timeout: '5' }),
    ['`nodes[1].work.timeout` is not a duration such as 200ms, 5s, 5m, 2h or 3d.'],
  ],
  ['no workers at all', withWork({ workers: 0 }), ['`nodes[1].work.workers` must be at least 1, not 0.']],
  [
    'half a worker',
    withWork({ workers: 1.5 }),
    ['`nodes[1].work.workers` must be a whole number or an object, not 1.5.'],
  ],
  ['too many workers', withWork({ workers: 5_000 }), ['`nodes[1].work.workers` must be at most 1000, not 5000.']],
  ['retry as a number', withWork({ retry: 3 }), ['`nodes[1].work.retry` must be an object, not 3.']],
  [
    'a misspelt retry setting',
    withWork({ retry: { attemps: 3 } }),
    ['`nodes[1].work.retry.attemps` is not a field of retry. Did you mean `attempts`?'],
  ],
  [
    'a failure rate in percent',
    withWork({ breaker: { failureRate: 50 } }),
    ['`nodes[1].work.breaker.failureRate` must be at most 1, not 50.'],
  ],
  [
    'a rate without unit',
    withWork({ rateLimit: '100' }),
    ['`nodes[1].work.rateLimit` is not a rate such as 100/s or 30/m.'],
  ],
  [
    'a wire without delivery',
    { ...good, wires: [{ id: 'w1', from: 'in', to: 'ship' }] },
    ['`wires[0].delivery` is missing: it must be `push`, `pull` or `event`.'],
  ],
  [
    'a misspelt delivery',
    withWire({ delivery: 'pul' }),
    ['`wires[0].delivery` must be `push`, `pull` or `event`, not "pul". Did you mean `pull`?'],
  ],
  [
    'a delivery that does not exist',
    withWire({ delivery: 'carrier-pigeon' }),
    ['`wires[0].delivery` must be `push`, `pull` or `event`, not "carrier-pigeon".'],
  ],
  [
    'queue settings on a push wire',
    withWire({ delivery: 'push', queue: { capacity: 10 } }),
    [
      "`wires[0].queue` holds the settings of a pull wire, but this wire's delivery is push, whose settings stand under `call`. Rename the field, or set `delivery` to `pull`.",
    ],
  ],
  [
    'log settings on a pull wire',
    withWire({ log: { partitions: 2 } }),
    [
      "`wires[0].log` holds the settings of an event wire, but this wire's delivery is pull, whose settings stand under `queue`. Rename the field, or set `delivery` to `event`.",
    ],
  ],
  [
    'call settings on an event wire',
    withWire({ delivery: 'event', call: { deadline: '5s' } }),
    [
      "`wires[0].call` holds the settings of a push wire, but this wire's delivery is event, whose settings stand under `log`. Rename the field, or set `delivery` to `push`.",
    ],
  ],
  [
    'a queue setting beside queue',
    withWire({ capacity: 10 }),
    ['`wires[0].capacity` is not a field of a pull wire. Did you mean `queue.capacity`?'],
  ],
  [
    'a misspelt queue setting',
    withWire({ queue: { capcity: 10 } }),
    ['`wires[0].queue.capcity` is not a field of queue. Did you mean `capacity`?'],
  ],
  [
    'a capacity of nothing',
    withWire({ queue: { capacity: 0 } }),
    ['`wires[0].queue.capacity` must be at least 1, not 0.'],
  ],
  [
    'an order that is no path',
    withWire({ queue: { orderBy: 'customer id' } }),
    ['`wires[0].queue.orderBy` is not a path such as customer, order.customer.id, $headers.x-tenant or $key.'],
  ],
  [
    'a misspelt overflow',
    withWire({ delivery: 'push', call: { overflow: 'refuse' } }),
    ['`wires[0].call.overflow` must be `reject`, `wait`, `shed` or `spill`, not "refuse".'],
  ],
  [
    'a start that does not exist',
    withWire({ delivery: 'event', log: { startFrom: 'begin' } }),
    ['`wires[0].log.startFrom` must be `earliest` or `latest`, not "begin".'],
  ],
  [
    'a retention that is a number',
    withWire({ delivery: 'event', log: { retention: 3 } }),
    ['`wires[0].log.retention` must be text or an object, not 3.'],
  ],
  [
    'a retention that is no duration',
    withWire({ delivery: 'event', log: { retention: '3 days' } }),
    ['`wires[0].log.retention` is not a duration such as 200ms, 5s, 5m, 2h or 3d.'],
  ],
  [
    'a misspelt retention',
    withWire({ delivery: 'event', log: { retention: { size: 3 } } }),
    ['`wires[0].log.retention.size` is not a field of retention, which has `age` and `bytes`.'],
  ],
  ['a wire from two ports', withWire({ from: 'in.a.b' }), ['`wires[0].from` must be node or node.port.']],
  [
    'a wire to a port',
    withWire({ to: 'ship.in' }),
    ['`wires[0].to` must start with a letter and hold only letters, digits, - and _.'],
  ],
  [
    'a wire without ends',
    { ...good, wires: [{ id: 'w1', delivery: 'pull' }] },
    ['`wires[0].from` is missing.', '`wires[0].to` is missing.'],
  ],
  [
    'completion in percent',
    { ...good, objectives: { completion: 99.9 } },
    ['`objectives.completion` must be at most 1, not 99.9.'],
  ],
  [
    'an order that does not exist',
    { ...good, objectives: { order: 'keys' } },
    ['`objectives.order` must be `none`, `key` or `global`, not "keys". Did you mean `key`?'],
  ],
  ['a position with one number', { ...good, layout: { in: [0] } }, ['`layout.in` must be a position: [x, y].']],
  [
    'a position with three numbers',
    { ...good, layout: { in: [0, 0, 0] } },
    ['`layout.in` must be a position: [x, y].'],
  ],
  [
    'a position of texts',
    { ...good, layout: { in: ['0', '0'] } },
    ['`layout.in[0]` must be a number, not "0".', '`layout.in[1]` must be a number, not "0".'],
  ],
  [
    'a position that is not a number',
    { ...good, layout: { in: [Number.NaN, 0] } },
    ['`layout.in[0]` must be a number, not NaN.'],
  ],
  [
    'several wrong things at once',
    { ...good, name: 'Orders', title: 5, wires: [{ ...pull, id: '' }] },
    [
      '`name` must be lower-case letters, digits and -, starting with a letter or digit.',
      '`title` must be text, not 5.',
      '`wires[0].id` must not be empty.',
    ],
  ],
  [
    'a field that reaches for the prototype',
    JSON.parse(
      '{"format":"sluice/v1","name":"a","nodes":[{"id":"a","type":"log","config":{"__proto__":{"polluted":true}}}],"wires":[]}',
    ),
    ['`nodes[0].config.__proto__` is a field name that documents may not use. Rename it.'],
  ],
  [
    'a field named constructor',
    withShip({ config: { constructor: { prototype: {} } } }),
    ['`nodes[1].config.constructor` is a field name that documents may not use. Rename it.'],
  ],
  [
    'nesting without end',
    withShip({ config: { url: JSON.parse('['.repeat(70) + ']'.repeat(70)) } }),
    [
      'The document is nested more than 64 levels deep at `nodes[1].config.url[0][0][0][0][0][0][0][0][0][0][0][0][0][…`.',
    ],
  ],
  [
    'a text of two million characters',
    { ...good, notes: 'n'.repeat(2_000_000) },
    ['`notes` has more than 1048576 characters.'],
  ],
  [
    'more values than any pipeline needs',
    withShip({ config: { list: Array.from({ length: 250_000 }, () => 0) } }),
    ['The document has more than 250000 values. Split the pipeline into several.'],
  ],
];

describe('a bad document is answered with', () => {
  test.each(BAD_DOCUMENTS)('%s', (_title, document, messages) => {
    const parsed = parseDocument(document);
    expect(parsed.ok ? [] : parsed.findings.map((finding) => finding.message)).toEqual(messages);
  });
});
