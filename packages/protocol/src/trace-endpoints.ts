import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { byPipeline, limit } from './endpoint-params.ts';
import { HOP_KINDS, traceListSchema, traceSchema } from './traces.ts';

/** The ways that messages took, as far as they were kept. */
export const TRACE_ENDPOINTS = {
  readTrace: {
    method: 'get',
    path: '/api/v1/traces/{correlationId}',
    tag: 'Messages',
    summary: 'The way of one message over every hop, retry and pipeline, as far as it was kept.',
    params: z.object({ correlationId: z.string().min(1).max(200) }),
    answers: { 200: { description: 'All that is kept of it.', schema: traceSchema } },
    problems: [400, 404, 503],
  },
  findMessages: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/messages',
    tag: 'Messages',
    summary: 'Messages whose traces are kept: by a declared key or an id, or the newest.',
    params: byPipeline,
    query: z.object({
      key: z.string().min(1).max(200).optional().meta({
        description: 'A value at one of the key paths of `trace.keys`, or the id, correlation id or key of a message.',
      }),
      kind: z.enum(HOP_KINDS).optional().meta({ description: 'Without a key: only those to which this happened.' }),
      limit: limit.default(50),
    }),
    answers: { 200: { description: 'Newest first, each with its last hop.', schema: traceListSchema } },
    problems: [400, 404, 503],
  },
} as const satisfies Readonly<Record<string, Endpoint>>;
