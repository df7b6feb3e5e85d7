import { rateSchema } from '@sluice/pipeline';
import { z } from 'zod';
import { instant } from './endpoint-params.ts';

/** Dead letters: what is kept of a message that was given up, and what can be done with it. */

export const DEAD_LETTER_REASON_NAMES = [
  'permanent',
  'attempts-exhausted',
  'too-old',
  'expired',
  'quarantined',
  'wire-removed',
] as const;
const reason = z.enum(DEAD_LETTER_REASON_NAMES);

export const deadLetterSchema = z
  .object({
    id: z.string(),
    /** Where it failed. */
    nodeId: z.string(),
    /** The wire that it was taken from, or the node that subscribes to a topic; `null` when it came through push alone. */
    wireId: z.string().nullable(),
    /** The port of its source, when it came through push alone. */
    entry: z.object({ nodeId: z.string(), port: z.string() }).nullable(),
    version: z.number(),
    reason: z.string(),
    error: z.object({ code: z.string(), message: z.string() }),
    /** What letters with the same cause have in common; groups are counted by it. */
    cause: z.string(),
    attempts: z.number(),
    history: z.array(z.object({ attempt: z.number(), at: z.number(), code: z.string(), message: z.string() })),
    messageId: z.string(),
    key: z.string(),
    payload: z.json(),
    headers: z.record(z.string(), z.string()),
    correlationId: z.string(),
    eventTime: z.number(),
    deadAt: z.number(),
    /** When someone last changed the message by hand; `null`: never. */
    editedAt: z.number().nullable(),
  })
  .meta({ id: 'DeadLetter' });

export const deadLetterGroupSchema = z
  .object({
    nodeId: z.string(),
    reason: z.string(),
    cause: z.string(),
    messages: z.number().int(),
    /** When the first and the last of those that are there died; may lie outside when some have gone. */
    firstAt: z.number(),
    lastAt: z.number(),
  })
  .meta({ id: 'DeadLetterGroup' });

export const deadLetterListSchema = z
  .object({
    /** Empty where groups are asked for. */
    deadLetters: z.array(deadLetterSchema),
    /** Most messages first; only with `groupBy=cause`. */
    groups: z.array(deadLetterGroupSchema).optional(),
    /** Of the whole pipeline, by node id. */
    counts: z.record(z.string(), z.number()),
    /**
     * Messages of the whole pipeline that are gone for good, ever since it was made: dead letters that people discarded or
     * that were too old, and what was purged from wires.
     */
    discarded: z.object({ byHand: z.number().int(), byAge: z.number().int(), purged: z.number().int() }),
  })
  .meta({ id: 'DeadLetterList' });

const filterFields = {
  nodeId: z.string().max(100).optional(),
  wireId: z.string().max(100).optional(),
  reason: reason.optional(),
  cause: z.string().max(200).optional(),
  since: instant.optional(),
  until: instant.optional(),
};
/** Which dead letters are meant; what is absent leaves it open. */
export const deadLetterQuerySchema = z.object(filterFields);
const deadLetterFilterSchema = z.strictObject(filterFields).meta({
  id: 'DeadLetterFilter',
  description: 'Which dead letters are meant; what is absent leaves it open.',
});

export const editDeadLetterSchema = z
  .strictObject({
    payload: z.json().optional(),
    key: z.string().max(1_000).optional(),
    headers: z.record(z.string().min(1).max(200), z.string().max(8_192)).optional(),
  })
  .refine(
    ({ payload, key, headers }) => payload !== undefined || key !== undefined || headers !== undefined,
    'names nothing to change: give payload, key or headers',
  )
  .meta({ id: 'EditDeadLetter', description: 'What is absent stays. Headers replace all that there were.' });

export const discardedSchema = z
  .object({
    discarded: z.number().int(),
    hasMore: z.boolean().meta({ description: 'More than one call discards were meant: ask again.' }),
  })
  .meta({ id: 'Discarded' });

const toWire = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .meta({ description: 'A pull or event wire of the deployed version, instead of the one they came from.' });

export const redriveOneSchema = z.strictObject({ toWire }).meta({ id: 'RedriveOne' });
export const redrivenSchema = z
  .object({ wireId: z.string().meta({ description: 'What has the message again.' }), messageId: z.string() })
  .meta({ id: 'Redriven' });

export const redriveRequestSchema = z
  .strictObject({
    filter: deadLetterFilterSchema.default({}),
    toWire,
    pace: rateSchema.refine((text) => !/^0+(\.0+)?\//.test(text), 'must be above 0').optional(),
    canary: z.number().int().min(1).max(100_000).optional().meta({
      description: 'So many first, the oldest; the rest only when all of these are worked on or dead again.',
    }),
    stopAtFailureRatio: z.number().min(0).max(1).optional().meta({
      description: 'It stops when a larger share has died again. 0.5 where nothing is said.',
    }),
    dryRun: z.boolean().default(false).meta({ description: 'Only says what it would do.' }),
  })
  .meta({ id: 'RedriveRequest' });

export const redriveForecastSchema = z
  .object({
    messages: z.number().int(),
    groups: z.array(deadLetterGroupSchema),
    /** Those that have no wire to go to. */
    refused: z.array(z.object({ wireId: z.string().nullable(), messages: z.number().int() })),
    hasMore: z.boolean().meta({ description: 'There are more than one redrive takes up; they were not looked at.' }),
  })
  .meta({ id: 'RedriveForecast' });

export const REDRIVE_STATES = [
  'canary',
  'redriving',
  'settling',
  'done',
  'stopped',
  'cancelled',
  'interrupted',
] as const;

/** Each letter is in exactly one of `left`, `redriven`, `gone` and `refused`. It is forgotten when the server restarts. */
export const redriveJobSchema = z
  .object({
    id: z.string(),
    state: z.enum(REDRIVE_STATES),
    detail: z.string().nullable().meta({ description: 'What it waits for, or why it ended.' }),
    startedAt: z.number(),
    endedAt: z.number().nullable(),
    letters: z.number().int(),
    left: z.number().int().meta({ description: 'Not taken up; still dead letters.' }),
    redriven: z.number().int(),
    worked: z.number().int().meta({ description: 'Of the redriven: worked on by the consumer of their wire.' }),
    failedAgain: z.number().int().meta({ description: 'Of the redriven: dead again.' }),
    lostSight: z
      .number()
      .int()
      .meta({ description: 'Of the redriven: purged or moved before anybody worked on them.' }),
    gone: z.number().int().meta({ description: 'Redriven or discarded by somebody else meanwhile.' }),
    refused: z.number().int().meta({ description: 'No wire can take them; still dead letters.' }),
  })
  .meta({ id: 'RedriveJob' });

/** A redrive that began, or with `dryRun` what it would do. */
export const redriveAnswerSchema = z
  .object({ job: redriveJobSchema.optional(), forecast: redriveForecastSchema.optional() })
  .meta({ id: 'RedriveAnswer' });
export const redriveListSchema = z.object({ jobs: z.array(redriveJobSchema) }).meta({ id: 'RedriveList' });

export const replayRequestSchema = z
  .strictObject({
    from: z.union([
      z.literal('earliest'),
      z.strictObject({ time: instant }),
      z.strictObject({ position: z.number().int().min(0), partition: z.number().int().min(0).default(0) }),
    ]),
    freshIds: z.boolean().default(false).meta({
      description: 'Replayed messages get ids of their own, so that targets take them again.',
    }),
  })
  .meta({ id: 'ReplayRequest' });

export const replayedSchema = z
  .object({
    id: z.string().meta({ description: 'Every replayed message carries it in the header `sluice-replay`.' }),
    startedAt: z.number(),
    freshIds: z.boolean(),
    messages: z.number().int().meta({ description: 'How many are delivered again.' }),
  })
  .meta({ id: 'Replayed' });

export type DeadLetterView = z.output<typeof deadLetterSchema>;
export type DeadLetterGroupView = z.output<typeof deadLetterGroupSchema>;
export type DeadLetterList = z.output<typeof deadLetterListSchema>;
export type DeadLetterQuery = z.output<typeof deadLetterQuerySchema>;
export type EditDeadLetter = z.output<typeof editDeadLetterSchema>;
export type RedriveRequestBody = z.input<typeof redriveRequestSchema>;
export type RedriveForecastView = z.output<typeof redriveForecastSchema>;
export type RedriveJobView = z.output<typeof redriveJobSchema>;
export type ReplayRequestBody = z.input<typeof replayRequestSchema>;
export type ReplayedView = z.output<typeof replayedSchema>;
