import { z } from 'zod';
import { RUN_STATES } from './status.ts';
import {
  catalogEntrySchema,
  findingSchema,
  peekedMessageSchema,
  pipelineSummarySchema,
  secretSummarySchema,
  versionSchema,
} from './resources.ts';

/** Answers that wrap resources, so that a list can grow members later. */
export const pipelineListSchema = z.object({ pipelines: z.array(pipelineSummarySchema) }).meta({ id: 'PipelineList' });
export const versionListSchema = z.object({ versions: z.array(versionSchema) }).meta({ id: 'VersionList' });
export const messageListSchema = z.object({ messages: z.array(peekedMessageSchema) }).meta({ id: 'MessageList' });
export const secretListSchema = z.object({ secrets: z.array(secretSummarySchema) }).meta({ id: 'SecretList' });
export const catalogSchema = z.object({ nodeTypes: z.array(catalogEntrySchema) }).meta({ id: 'Catalog' });

export const lifeCycleSchema = z
  .object({ version: z.number().int(), state: z.enum(RUN_STATES) })
  .meta({ id: 'LifeCycle' });
export const deployedSchema = lifeCycleSchema
  .extend({
    findings: z.array(findingSchema).meta({ description: 'Warnings about what now runs.' }),
    restarted: z
      .array(z.string())
      .meta({ description: 'Nodes that ran before and began anew. All others went on without a gap.' }),
  })
  .meta({ id: 'Deployed' });
export const purgedSchema = z.object({ purged: z.number().int() }).meta({ id: 'Purged' });

/** What differs between two versions; see `DocumentChange` of the pipeline package. */
export const diffSchema = z
  .object({
    from: z.number().int(),
    to: z.number().int(),
    changes: z.array(
      z.looseObject({
        kind: z.enum([
          'node-added',
          'node-removed',
          'node-changed',
          'wire-added',
          'wire-removed',
          'wire-changed',
          'document-changed',
          'node-moved',
        ]),
        id: z.string().optional(),
        fields: z.array(z.looseObject({ path: z.string() })).optional(),
      }),
    ),
  })
  .meta({ id: 'VersionDiff' });

export const healthSchema = z
  .object({
    status: z.enum(['ok', 'starting', 'stopping', 'failing']),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() })).optional(),
  })
  .meta({ id: 'Health' });

export type Health = z.output<typeof healthSchema>;
export type Deployed = z.output<typeof deployedSchema>;
export type LifeCycle = z.output<typeof lifeCycleSchema>;
export type VersionDiff = z.output<typeof diffSchema>;
