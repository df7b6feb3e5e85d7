import { z } from 'zod';

/** What happened to a message at one place of its way; see `TraceHop` of the engine. */
export const HOP_KINDS = [
  'accepted',
  'duplicate',
  'refused',
  'stored',
  'leased',
  'worked',
  'failed',
  'retry',
  'dead-lettered',
  'expired',
  'discarded',
  'redriven',
  'replayed',
] as const;

export const traceHopSchema = z
  .object({
    messageId: z.string(),
    pipelineId: z.string(),
    version: z.number().int(),
    nodeId: z.string(),
    wireId: z.string().nullable().meta({ description: 'The wire over which it came; null at a source.' }),
    kind: z.enum(HOP_KINDS),
    at: z.number().meta({ description: 'ms since 1970.' }),
    attempt: z.number().int().nullable(),
    waitedMs: z.number().nullable().meta({ description: 'From the enqueue to the hand-out, ms.' }),
    workedMs: z.number().nullable().meta({ description: 'Time of the try, ms.' }),
    code: z.string().nullable(),
    text: z.string().nullable(),
    keys: z.array(z.string()).meta({ description: 'Values that the pipeline declares for search.' }),
  })
  .meta({ id: 'TraceHop' });

export const traceSchema = z
  .object({
    correlationId: z.string(),
    hops: z.array(traceHopSchema).meta({ description: 'In order of time, over every pipeline that it went through.' }),
  })
  .meta({ id: 'Trace' });

export const traceListSchema = z
  .object({
    traces: z.array(z.object({ correlationId: z.string(), last: traceHopSchema })),
  })
  .meta({ id: 'TraceList' });

export type TraceHopView = z.output<typeof traceHopSchema>;
export type TraceView = z.output<typeof traceSchema>;
export type TraceList = z.output<typeof traceListSchema>;
