import { z } from 'zod';
import { duration, fraction, keyPath, positiveInt, rate } from './fields.ts';
import { callSchema, logSchema, queueSchema } from './wire-settings.ts';
import { workSchema } from './work-schema.ts';

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

/** Bounds of one pipeline as a whole, so that none fills the disk or hides its losses. */
export const limitsSchema = z
  .strictObject({
    bytes: positiveInt.optional().meta({
      description: 'All its queues, logs and dead letters together; beyond it sources are held. Default 10 GiB.',
    }),
    deadLetters: positiveInt
      .max(10_000_000)
      .optional()
      .meta({ description: 'Dead letters kept; beyond it work that would add one waits. Default 100000.' }),
    deadLetterBytes: positiveInt.optional().meta({ description: 'Bytes of dead letters. Default 1 GiB.' }),
    deadLetterAge: duration
      .optional()
      .meta({ description: 'Older dead letters are discarded, and counted. Absent: they stay.' }),
  })
  .meta({ id: 'Limits', description: 'What the pipeline may keep in all.' });

export const traceSettingsSchema = z
  .strictObject({
    sample: fraction
      .optional()
      .meta({ description: 'Share of messages whose way is kept; failures are always kept. Default 0.01.' }),
    keys: z
      .array(keyPath)
      .max(8)
      .optional()
      .meta({ description: 'Paths whose values messages can be found by, such as orderId.' }),
  })
  .meta({ id: 'TraceSettings', description: 'What is kept of the way that messages took.' });

export const documentSchema = z
  .strictObject({
    format: z.literal(FORMAT),
    name: pipelineName,
    title: z.string().min(1).max(LIMITS.titleLength).optional(),
    notes: z.string().max(LIMITS.notesLength).optional(),
    nodes: z.array(nodeSchema).max(LIMITS.elements),
    wires: z.array(wireSchema).max(LIMITS.elements),
    objectives: objectivesSchema.optional(),
    limits: limitsSchema.optional(),
    trace: traceSettingsSchema.optional(),
    layout: z
      .record(elementId, z.tuple([z.number(), z.number()], { error: 'must be a position: [x, y]' }))
      .optional()
      .meta({ description: 'Position of each node in canvas pixels. No part of a version.' }),
  })
  .meta({ title: 'Sluice pipeline document', description: 'Format sluice/v1.' });

export type PipelineDocument = z.output<typeof documentSchema>;
export type NodeDocument = z.output<typeof nodeSchema>;
export type WireDocument = z.output<typeof wireSchema>;
export type Limits = z.output<typeof limitsSchema>;
export type Objectives = z.output<typeof objectivesSchema>;
export type SecretReference = z.output<typeof secretReference>;
