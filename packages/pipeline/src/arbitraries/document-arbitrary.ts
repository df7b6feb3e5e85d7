import fc from 'fast-check';
import type { NodeDocument, PipelineDocument, WireDocument } from '../document.ts';

/**
 * Documents that `parseDocument` accepts, with everything a document can hold and the texts that printers trip over.
 * Built right, but not necessarily sensible: wires may lead to themselves and node types are made up.
 */
export function documentArbitrary(): fc.Arbitrary<PipelineDocument> {
  return fc.uniqueArray(elementId, { maxLength: 8 }).chain((ids) => {
    const nodeCount = Math.ceil(ids.length / 2);
    const nodeIds = ids.slice(0, nodeCount);
    const wireIds = nodeIds.length === 0 ? [] : ids.slice(nodeCount);
    return fc.record(
      {
        format: fc.constant('sluice/v1' as const),
        name: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/),
        title: someText(200),
        notes: someText(500),
        nodes: fc.tuple(...nodeIds.map(nodeWithId)),
        wires: fc.tuple(...wireIds.map((id) => wireWithId(id, nodeIds))),
        objectives: objectives,
        layout:
          nodeIds.length === 0
            ? fc.constant({})
            : fc.dictionary(fc.constantFrom(...nodeIds), fc.tuple(coordinate, coordinate), { noNullPrototype: true }),
      },
      { requiredKeys: ['format', 'name', 'nodes', 'wires'], noNullPrototype: true },
    );
  });
}

/** Any JSON value that may stand in a node's config. */
export function configValueArbitrary(): fc.Arbitrary<Config> {
  return fc.letrec<{ value: Config }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        text,
      ),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(configField, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
}

type Config = NonNullable<NodeDocument['config']>[string];

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Texts that mean something else when a printer forgets its quotes. */
const treacherous = fc.constantFrom(
  'on',
  'null',
  '~',
  'true',
  '1e3',
  '0x1f',
  '-',
  '- a',
  'a: b',
  '#a',
  ' a',
  'a ',
  '\n',
  'a\n\nb\n',
  '*a',
  '&a',
  '!a',
  '@',
  '`',
  '"',
  "'",
  '2001-01-01',
  '<<',
  '{}',
  '[',
  '%a',
  '|',
  '>',
  '\t',
  '\u0000',
  '\u2028',
  '\u00e9',
  '\u{1f680}',
);
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 10 }), treacherous);
const configField = text.filter((field) => !FORBIDDEN.has(field));

const reserved = new Set([
  'constructor',
  'prototype',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
]);
const elementId = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,12}$/).filter((id) => !reserved.has(id));
const port = fc.constantFrom('', '.out', '.dropped');
const coordinate = fc.oneof(
  fc.integer({ min: -5_000, max: 5_000 }),
  fc.double({ min: -5_000, max: 5_000, noNaN: true }),
);

const duration = fc
  .tuple(fc.nat(10_000), fc.constantFrom('ms', 's', 'm', 'h', 'd'))
  .map(([amount, unit]) => `${amount}${unit}`);
const rate = fc.tuple(fc.nat(10_000), fc.constantFrom('s', 'm', 'h', 'd')).map(([amount, unit]) => `${amount}/${unit}`);
const keyPath = fc.constantFrom('customer', 'order.customer.id', 'lines.0.sku', '$headers.x-tenant', '$key', '$id');
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

function someText(maxLength: number): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ minLength: 1, maxLength }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
    treacherous,
  );
}

function count(max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max });
}

const ALL_OPTIONAL = { requiredKeys: [] as [], noNullPrototype: true };

const objectives = fc.record(
  {
    freshness: duration,
    completion: fraction,
    order: fc.constantFrom('none' as const, 'key' as const, 'global' as const),
    surviveOutage: duration,
    rate,
    peak: rate,
  },
  ALL_OPTIONAL,
);

const work = fc.record(
  {
    workers: fc.oneof(
      count(1_000),
      fc.record(
        {
          min: fc.integer({ min: 1, max: 5 }),
          max: fc.integer({ min: 5, max: 1_000 }),
          depth: count(100),
          age: duration,
        },
        { requiredKeys: ['max'], noNullPrototype: true },
      ),
    ),
    timeout: duration,
    retry: fc.record(
      {
        attempts: count(1_000),
        backoff: fc.constantFrom('exponential' as const, 'constant' as const),
        base: duration,
        cap: duration,
        schedule: fc.array(duration, { minLength: 1, maxLength: 5 }),
        maxAge: duration,
        budget: fraction,
        rules: fc.array(
          fc.record(
            {
              status: fc.array(fc.constantFrom('404', '5xx', '500-504'), { minLength: 1, maxLength: 3 }),
              code: fc.array(fc.constantFrom('target-timeout', 'expression-failed'), { minLength: 1, maxLength: 2 }),
              action: fc.constantFrom('retry' as const, 'give-up' as const),
            },
            { requiredKeys: ['status', 'action'], noNullPrototype: true },
          ),
          { maxLength: 3 },
        ),
      },
      ALL_OPTIONAL,
    ),
    breaker: fc.record(
      { failureRate: fraction, window: duration, minimumCalls: count(1_000), openFor: duration, probes: count(100) },
      ALL_OPTIONAL,
    ),
    rateLimit: fc.oneof(
      rate,
      fc.record(
        { rate, burst: count(1_000), key: keyPath, budget: fc.constantFrom('stripe', 'mail-api') },
        { requiredKeys: ['rate'], noNullPrototype: true },
      ),
    ),
    concurrency: fc.record({ limit: count(1_000), key: keyPath }, { noNullPrototype: true }),
    throttle: fc.record(
      { limit: count(1_000), period: duration, key: keyPath },
      { requiredKeys: ['limit', 'period'], noNullPrototype: true },
    ),
    debounce: fc.record(
      { period: duration, key: keyPath, maxWait: duration },
      { requiredKeys: ['period'], noNullPrototype: true },
    ),
    batch: fc.record(
      { size: fc.integer({ min: 2, max: 1_000 }), bytes: count(2 ** 20), wait: duration, key: keyPath },
      { requiredKeys: ['size'], noNullPrototype: true },
    ),
    singleton: fc.record(
      { key: keyPath, mode: fc.constantFrom('skip' as const, 'cancel' as const) },
      { requiredKeys: ['mode'], noNullPrototype: true },
    ),
    quarantineAfter: count(100),
  },
  ALL_OPTIONAL,
);

const call = fc.record(
  {
    concurrency: count(10_000),
    line: fc.nat(100_000),
    deadline: duration,
    overflow: fc.constantFrom('reject' as const, 'wait' as const, 'shed' as const, 'spill' as const),
    priority: keyPath,
    spill: fc.record({ capacity: count(1_000_000), capacityBytes: count(2 ** 31 - 1) }, ALL_OPTIONAL),
  },
  ALL_OPTIONAL,
);

const queue = fc.record(
  {
    capacity: count(1_000_000_000),
    capacityBytes: count(2 ** 31 - 1),
    lowWater: fraction,
    orderBy: keyPath,
    priority: keyPath,
    visibility: duration,
    expireAfter: duration,
  },
  ALL_OPTIONAL,
);

const log = fc.record(
  {
    partitions: count(256),
    orderBy: keyPath,
    retention: fc.oneof(duration, fc.record({ age: duration, bytes: count(2 ** 31 - 1) }, ALL_OPTIONAL)),
    lowWater: fraction,
    visibility: duration,
    startFrom: fc.constantFrom('earliest' as const, 'latest' as const),
    onPoison: fc.constantFrom('park' as const, 'block' as const),
  },
  ALL_OPTIONAL,
);

function nodeWithId(id: string): fc.Arbitrary<NodeDocument> {
  return fc.record(
    {
      id: fc.constant(id),
      type: fc.constantFrom('webhook', 'transform', 'http-request', 'made-up'),
      title: someText(200),
      config: fc.dictionary(configField, configValueArbitrary(), { maxKeys: 4, noNullPrototype: true }),
      work,
      notes: someText(500),
    },
    { requiredKeys: ['id', 'type'], noNullPrototype: true },
  );
}

function wireWithId(id: string, nodeIds: readonly string[]): fc.Arbitrary<WireDocument> {
  const ends = {
    id: fc.constant(id),
    from: fc.tuple(fc.constantFrom(...nodeIds), port).map(([node, suffix]) => node + suffix),
    to: fc.constantFrom(...nodeIds),
  };
  const options = {
    requiredKeys: ['id', 'from', 'to', 'delivery'] as ['id', 'from', 'to', 'delivery'],
    noNullPrototype: true,
  };
  return fc.oneof(
    fc.record({ ...ends, delivery: fc.constant('push' as const), call }, options),
    fc.record({ ...ends, delivery: fc.constant('pull' as const), queue }, options),
    fc.record({ ...ends, delivery: fc.constant('event' as const), log }, options),
  );
}
