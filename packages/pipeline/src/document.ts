import { z } from 'zod';
import { DURATION_PATTERN, RATE_PATTERN } from './duration.ts';

/**
 * The pipeline document, format `sluice/v1`: all that is needed to share a pipeline.
 *
 * A wire's settings stand under the name of its delivery (`call` for push, `queue` for pull, `log` for event); a node's
 * `work` says how work is done. Unknown fields are errors. Secrets are references, never values.
 */
export const FORMAT = 'sluice/v1';

export const DELIVERIES = ['push', 'pull', 'event'] as const;
export type Delivery = (typeof DELIVERIES)[number];

export const LIMITS = {
  /** Nodes and wires in one document, each. */
  elements: 2_000,
  nameLength: 64,
  titleLength: 200,
  notesLength: 20_000,
} as const;

/** A schema's own words for a wrong value; a missing one is told alike everywhere. */
function unlessMissing(message: string): (issue: { readonly input?: unknown }) => string | undefined {
  return ({ input }) => (input === undefined ? undefined : message);
}

const NOT_A_DURATION = 'is not a duration such as 200ms, 5s, 5m, 2h or 3d';
const duration = z
  .string({ error: unlessMissing(NOT_A_DURATION) })
  .regex(DURATION_PATTERN, NOT_A_DURATION)
  .meta({ id: 'Duration', description: 'A span of time: 200ms, 5s, 5m, 2h, 3d.', examples: ['5s'] });

const NOT_A_RATE = 'is not a rate such as 100/s or 30/m';
const rate = z
  .string({ error: unlessMissing(NOT_A_RATE) })
  .regex(RATE_PATTERN, NOT_A_RATE)
  .meta({ id: 'Rate', description: 'Events per unit of time: 100/s, 30/m.', examples: ['100/s'] });

const NOT_A_PATH = 'is not a path such as customer, order.customer.id, $headers.x-tenant or $key';
const keyPath = z
  .string({ error: unlessMissing(NOT_A_PATH) })
  .min(1)
  .max(200)
  .regex(/^(\$key|\$id|(\$headers\.)?[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*|\.\d+)*)$/, NOT_A_PATH)
  .meta({
    id: 'KeyPath',
    description: 'Where a key stands: a dotted path into the payload (order.customer.id), $headers.name, $key or $id.',
    examples: ['customer'],
  });

const fraction = z.number().min(0).max(1);
const positiveInt = z.number().int().min(1);

/** Identifier of a node or wire inside its document: stable, never shown as a name, not changed by a rename. */
const elementId = z
  .string()
  .min(1)
  .max(LIMITS.nameLength)
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'must start with a letter and hold only letters, digits, - and _')
  // Ids become field names (layout, figures). These would meet what every JavaScript object has already.
  .regex(
    /^(?!(?:constructor|prototype|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|toLocaleString|toString|valueOf)$)/,
    'is a reserved word: choose another id',
  );

/** Name of a pipeline: part of its webhook addresses. */
export const pipelineName = z
  .string()
  .min(1)
  .max(LIMITS.nameLength)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and -, starting with a letter or digit');

export const secretReference = z
  .strictObject({
    $secret: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[A-Za-z0-9][\w.-]*$/, 'is not a secret name'),
  })
  .meta({ id: 'SecretReference', description: 'Names a secret that is kept apart from the document.' });

const retrySchema = z.strictObject({
  attempts: positiveInt.max(1_000).optional().meta({ description: 'Tries in total, the first included. Default 8.' }),
  base: duration
    .optional()
    .meta({ description: 'Upper bound of the first wait; doubles with each attempt. Default 200ms.' }),
  cap: duration.optional().meta({ description: 'No wait is longer. Default 5m.' }),
  maxAge: duration.optional().meta({ description: 'Give up when the message is older than this.' }),
});

const breakerSchema = z.strictObject({
  failureRate: fraction
    .optional()
    .meta({ description: 'Opens at this share of failed calls in the window. Default 0.5.' }),
  window: duration.optional().meta({ description: 'Calls older than this do not count. Default 30s.' }),
  minimumCalls: positiveInt.optional().meta({ description: 'Never opens on fewer calls in the window. Default 10.' }),
  openFor: duration
    .optional()
    .meta({ description: 'Time until the first probe; doubles with each failed one, up to a minute. Default 10s.' }),
  probes: positiveInt
    .max(100)
    .optional()
    .meta({ description: 'Calls let through half-open; all must succeed. Default 1.' }),
});

export const workSchema = z
  .strictObject({
    workers: positiveInt.max(1_000).optional().meta({ description: 'Messages worked on at once.' }),
    timeout: duration.optional().meta({ description: 'One try takes no longer.' }),
    retry: retrySchema.optional(),
    breaker: breakerSchema.optional(),
    rateLimit: rate.optional().meta({ description: 'Tries started per unit of time.' }),
    quarantineAfter: positiveInt
      .max(100)
      .optional()
      .meta({ description: 'Crashes with the message in hand until it is set aside. Default 3.' }),
  })
  .meta({ id: 'Work', description: 'How a node does its work.' });

export const OVERFLOWS = ['reject', 'wait', 'shed', 'spill'] as const;

export const callSchema = z
  .strictObject({
    concurrency: positiveInt
      .max(10_000)
      .optional()
      .meta({ description: 'Calls at once. Default: workers of the consumer.' }),
    line: z
      .number()
      .int()
      .min(0)
      .max(100_000)
      .optional()
      .meta({ description: 'Calls that may wait in line. Default 100.' }),
    deadline: duration.optional().meta({ description: 'Longest wait for the answer, line included. Default 30s.' }),
    overflow: z
      .enum(OVERFLOWS)
      .optional()
      .meta({ description: 'What a call meets when concurrency and line are full. Default reject.' }),
  })
  .meta({ id: 'Call', description: 'How a push wire hands over.' });

export const queueSchema = z
  .strictObject({
    capacity: positiveInt.max(1_000_000_000).optional().meta({ description: 'Messages. Default 100000.' }),
    capacityBytes: positiveInt.optional().meta({ description: 'Bytes. Default 1 GiB.' }),
    orderBy: keyPath.optional().meta({ description: 'Strict order per value of this path.' }),
    priority: keyPath.optional(),
    expireAfter: duration.optional().meta({ description: 'Waiting longer moves a message to dead letter.' }),
  })
  .meta({ id: 'Queue', description: 'How a pull wire keeps and hands out messages.' });

export const logSchema = z
  .strictObject({
    partitions: positiveInt
      .max(256)
      .optional()
      .meta({ description: 'Lanes kept in order. Default 4. Fixed once the log exists.' }),
    orderBy: keyPath.optional().meta({ description: 'Chooses the partition. Default: the message key.' }),
    retention: z
      .union([duration, z.strictObject({ age: duration.optional(), bytes: positiveInt.optional() })])
      .optional()
      .meta({ description: 'How long read messages stay for replay. Default 3d and 1 GiB.' }),
    startFrom: z
      .enum(['earliest', 'latest'])
      .optional()
      .meta({ description: 'Where a new group begins. Default earliest.' }),
    onPoison: z
      .enum(['park', 'block'])
      .optional()
      .meta({ description: 'After the last attempt: dead letter, or hold the partition. Default park.' }),
  })
  .meta({ id: 'Log', description: 'How an event wire reads the log of its output port.' });

export const nodeSchema = z.strictObject({
  id: elementId,
  type: z.string().min(1).max(LIMITS.nameLength),
  title: z.string().min(1).max(LIMITS.titleLength).optional(),
  config: z.record(z.string(), z.json()).optional(),
  work: workSchema.optional(),
  notes: z.string().max(LIMITS.notesLength).optional(),
});

const wireCommon = {
  id: elementId,
  from: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)?$/, 'must be node or node.port')
    .meta({ description: 'node, or node.port for a port other than the first.' }),
  to: elementId,
};

export const wireSchema = z.discriminatedUnion('delivery', [
  z.strictObject({ ...wireCommon, delivery: z.literal('push'), call: callSchema.optional() }),
  z.strictObject({ ...wireCommon, delivery: z.literal('pull'), queue: queueSchema.optional() }),
  z.strictObject({ ...wireCommon, delivery: z.literal('event'), log: logSchema.optional() }),
]);

export const objectivesSchema = z.strictObject({
  freshness: duration.optional(),
  completion: fraction.optional(),
  order: z.enum(['none', 'key', 'global']).optional(),
  surviveOutage: duration.optional(),
  rate: rate.optional(),
  peak: rate.optional(),
});

export const documentSchema = z
  .strictObject({
    format: z.literal(FORMAT),
    name: pipelineName,
    title: z.string().min(1).max(LIMITS.titleLength).optional(),
    notes: z.string().max(LIMITS.notesLength).optional(),
    nodes: z.array(nodeSchema).max(LIMITS.elements),
    wires: z.array(wireSchema).max(LIMITS.elements),
    objectives: objectivesSchema.optional(),
    layout: z
      .record(elementId, z.tuple([z.number(), z.number()], { error: 'must be a position: [x, y]' }))
      .optional()
      .meta({ description: 'Position of each node in canvas pixels. No part of a version.' }),
  })
  .meta({ title: 'Sluice pipeline document', description: 'Format sluice/v1.' });

export type PipelineDocument = z.output<typeof documentSchema>;
export type NodeDocument = z.output<typeof nodeSchema>;
export type WireDocument = z.output<typeof wireSchema>;
export type Work = z.output<typeof workSchema>;
export type Call = z.output<typeof callSchema>;
export type Queue = z.output<typeof queueSchema>;
export type Log = z.output<typeof logSchema>;
export type Objectives = z.output<typeof objectivesSchema>;
export type SecretReference = z.output<typeof secretReference>;
