import { documentSchema } from '@sluice/pipeline';
import { z } from 'zod';
import { RUN_STATES, totalsSchema, verdictSchema } from './status.ts';

const elementId = z.string().min(1).max(100);

/** Bodies of the REST interface under `/api/v1`. Times are ISO 8601 in UTC unless named `...Ms` or `at`. */

export const problemSchema = z
  .looseObject({
    /** `https://sluice.dev/problems/<code>`. */
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    /** Constant code; the last part of `type`. */
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

export const findingSchema = z
  .object({
    severity: z.enum(['error', 'warning', 'info']),
    code: z.string(),
    message: z.string(),
    path: z.string(),
    element: z.object({ kind: z.enum(['node', 'wire']), id: z.string() }).optional(),
    suggestion: z.string().optional(),
    at: z.object({ line: z.number(), column: z.number() }).optional(),
  })
  .meta({ id: 'Finding' });

export const deploymentSchema = z
  .object({
    version: z.number().int(),
    state: z.enum(RUN_STATES),
    deployedAt: z.string(),
    detail: z.string().optional(),
  })
  .meta({ id: 'Deployment' });

export const pipelineSummarySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    title: z.string(),
    nodes: z.number().int(),
    wires: z.number().int(),
    revision: z.number().int(),
    updatedAt: z.string(),
    deployment: deploymentSchema.nullable(),
    /** The draft differs from the deployed version in more than layout. */
    draftDiffers: z.boolean(),
    verdict: verdictSchema.nullable(),
    totals: totalsSchema.nullable(),
  })
  .meta({ id: 'PipelineSummary' });

export const pipelineSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    title: z.string(),
    /** Counts saves; also the ETag, in quotes. */
    revision: z.number().int(),
    createdAt: z.string(),
    updatedAt: z.string(),
    document: documentSchema,
    deployment: deploymentSchema.nullable(),
    latestVersion: z.number().int().nullable(),
    draftDiffers: z.boolean(),
  })
  .meta({ id: 'Pipeline' });

export const versionSchema = z
  .object({ number: z.number().int(), createdAt: z.string(), note: z.string().nullable(), deployed: z.boolean() })
  .meta({ id: 'Version' });
export const versionWithDocumentSchema = versionSchema
  .extend({ document: documentSchema })
  .meta({ id: 'VersionWithDocument' });

/** What becomes of messages on a wire that the new version no longer has. */
export const removedWireFateSchema = z
  .discriminatedUnion('do', [
    z.strictObject({ do: z.literal('dead-letter') }),
    z.strictObject({ do: z.literal('drain') }),
    z.strictObject({ do: z.literal('move'), to: elementId }),
  ])
  .meta({
    id: 'RemovedWireFate',
    description:
      '`dead-letter`: given up. `drain`: worked off by the version that had the wire, beside the new one. `move`: put on another wire, in order and with their ids.',
  });

export const removedWiresSchema = z
  .union([z.enum(['dead-letter', 'drain']), z.record(elementId, removedWireFateSchema)])
  .meta({
    description:
      'What becomes of messages on wires that the new version no longer has: one answer for all, or one for each by its id. A wire that nothing is said about: refused with 409 while it holds messages.',
  });

export const deployRequestSchema = z
  .strictObject({
    /** Absent: the draft is published as a new version. */
    version: z.number().int().min(1).optional(),
    note: z.string().max(2_000).optional(),
    removedWires: removedWiresSchema.optional(),
  })
  .meta({ id: 'DeployRequest' });

export const peekedMessageSchema = z
  .object({
    position: z.number(),
    partition: z.number().nullable(),
    id: z.string(),
    key: z.string(),
    payload: z.json(),
    headers: z.record(z.string(), z.string()),
    correlationId: z.string(),
    eventTime: z.number(),
    enqueuedAt: z.number(),
    state: z.enum(['waiting', 'in-hand', 'delayed']),
    attempts: z.number(),
    dueAt: z.number().nullable(),
    lastFailure: z.object({ attempt: z.number(), at: z.number(), code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'PeekedMessage' });

export const secretSummarySchema = z.object({ name: z.string(), updatedAt: z.string() }).meta({ id: 'Secret' });
/** Kept as it is given, line breaks of a PEM key included; refused is what could only fail later, where it is used. */
export const secretValueSchema = z
  .strictObject({
    value: z
      .string()
      .min(1)
      .max(65_536)
      .refine((value) => !value.includes('\0'), 'The value holds a NUL character, which no secret can hold')
      .refine(
        (value) => !/^[^\r\n]*[\r\n]+$/.test(value),
        'The value is a single line that ends with a line break: leave the line break out',
      ),
  })
  .meta({ id: 'SecretValue' });

export const catalogEntrySchema = z
  .object({
    type: z.string(),
    role: z.enum(['source', 'step', 'sink']),
    sourceStyle: z.enum(['push', 'pull', 'event']).nullable(),
    group: z.string(),
    title: z.string(),
    summary: z.string(),
    icon: z.string(),
    guarantee: z.string(),
    outputs: z.array(z.object({ name: z.string(), summary: z.string() })),
    callsOut: z.boolean(),
    initialConfig: z.record(z.string(), z.json()),
    /** JSON Schema 2020-12 of `config`. */
    configSchema: z.record(z.string(), z.json()),
  })
  .meta({ id: 'CatalogEntry' });

export const lintResultSchema = z
  .object({ findings: z.array(findingSchema), deployable: z.boolean() })
  .meta({ id: 'LintResult' });

/** What a webhook answers when it took the message. `duplicate`: it was taken before; nothing was stored. */
export const acceptedSchema = z
  .object({ status: z.enum(['accepted', 'duplicate', 'delivered']), id: z.string(), correlationId: z.string() })
  .meta({ id: 'Accepted' });

export type Problem = z.output<typeof problemSchema>;
export type Deployment = z.output<typeof deploymentSchema>;
export type PipelineSummary = z.output<typeof pipelineSummarySchema>;
export type Pipeline = z.output<typeof pipelineSchema>;
export type Version = z.output<typeof versionSchema>;
export type RemovedWireFate = z.output<typeof removedWireFateSchema>;
export type DeployRequest = z.output<typeof deployRequestSchema>;
export type PeekedMessageView = z.output<typeof peekedMessageSchema>;
export type SecretSummary = z.output<typeof secretSummarySchema>;
export type CatalogEntry = z.output<typeof catalogEntrySchema>;
export type LintResult = z.output<typeof lintResultSchema>;
