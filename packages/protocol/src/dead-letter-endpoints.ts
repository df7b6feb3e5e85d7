import { z } from 'zod';
import {
  deadLetterListSchema,
  deadLetterQuerySchema,
  deadLetterSchema,
  discardedSchema,
  editDeadLetterSchema,
  redriveAnswerSchema,
  redriveJobSchema,
  redriveListSchema,
  redrivenSchema,
  redriveOneSchema,
  redriveRequestSchema,
  replayedSchema,
  replayRequestSchema,
} from './dead-letters.ts';
import { byPipeline, byWire, limit } from './endpoint-params.ts';
import type { Endpoint } from './endpoint.ts';

const byLetter = byPipeline.extend({ letter: z.string().min(1).max(300) });
const byJob = byPipeline.extend({ job: z.string().min(1).max(100) });

/** Dead letters and replay. The redrives come first: no letter has the id `redrive`. */
export const DEAD_LETTER_ENDPOINTS = {
  listRedrives: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/dead-letters/redrive',
    tag: 'Dead letters',
    summary: 'Redrives that are at work or have ended lately, newest first.',
    params: byPipeline,
    answers: { 200: { description: 'Since the server started.', schema: redriveListSchema } },
    problems: [404],
  },
  startRedrive: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/dead-letters/redrive',
    tag: 'Dead letters',
    summary: 'Sends dead letters on their way again: paced, some of them first, or only counted.',
    params: byPipeline,
    body: { schema: redriveRequestSchema, required: true, kinds: ['json'] },
    answers: {
      200: { description: 'What it would do; with `dryRun`.', schema: redriveAnswerSchema },
      202: { description: 'It has begun.', schema: redriveAnswerSchema },
    },
    problems: [400, 404, 409, 413, 415],
  },
  readRedrive: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/dead-letters/redrive/{job}',
    tag: 'Dead letters',
    summary: 'How far a redrive is.',
    params: byJob,
    answers: { 200: { description: 'Where it stands.', schema: redriveJobSchema } },
    problems: [404],
  },
  cancelRedrive: {
    method: 'delete',
    path: '/api/v1/pipelines/{id}/dead-letters/redrive/{job}',
    tag: 'Dead letters',
    summary: 'Ends a redrive where it stands. What was redriven stays redriven.',
    params: byJob,
    answers: { 200: { description: 'Where it stood.', schema: redriveJobSchema } },
    problems: [404, 409],
  },
  listDeadLetters: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/dead-letters',
    tag: 'Dead letters',
    summary: 'Messages that were given up, newest first, or by cause.',
    params: byPipeline,
    query: deadLetterQuerySchema.extend({
      limit: limit.default(50),
      before: z.string().max(300).optional().meta({ description: 'Id of the last dead letter of the page before.' }),
      groupBy: z.enum(['cause']).optional(),
    }),
    answers: {
      200: {
        description: 'A page of dead letters or groups, and how many there are by node.',
        schema: deadLetterListSchema,
      },
    },
    problems: [400, 404],
  },
  discardDeadLetters: {
    method: 'delete',
    path: '/api/v1/pipelines/{id}/dead-letters',
    tag: 'Dead letters',
    summary: 'Throws dead letters away; they are counted.',
    params: byPipeline,
    query: deadLetterQuerySchema.extend({
      all: z.enum(['true']).optional().meta({ description: 'Needed where nothing says which ones.' }),
    }),
    answers: { 200: { description: 'How many went.', schema: discardedSchema } },
    problems: [400, 404],
  },
  readDeadLetter: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/dead-letters/{letter}',
    tag: 'Dead letters',
    summary: 'One dead letter.',
    params: byLetter,
    answers: { 200: { description: 'All that is kept of it.', schema: deadLetterSchema } },
    problems: [400, 404],
  },
  editDeadLetter: {
    method: 'patch',
    path: '/api/v1/pipelines/{id}/dead-letters/{letter}',
    tag: 'Dead letters',
    summary: 'Changes what a dead letter carries, so that it can be redriven.',
    params: byLetter,
    body: { schema: editDeadLetterSchema, required: true, kinds: ['json'] },
    answers: { 200: { description: 'As it is now.', schema: deadLetterSchema } },
    problems: [400, 404, 409, 413, 415],
  },
  discardDeadLetter: {
    method: 'delete',
    path: '/api/v1/pipelines/{id}/dead-letters/{letter}',
    tag: 'Dead letters',
    summary: 'Throws one dead letter away; it is counted.',
    params: byLetter,
    answers: { 204: { description: 'It is gone.' } },
    problems: [400, 404],
  },
  redriveDeadLetter: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/dead-letters/{letter}/redrive',
    tag: 'Dead letters',
    summary: 'Sends one dead letter on its way again.',
    params: byLetter,
    body: { schema: redriveOneSchema, required: false, kinds: ['json'] },
    answers: { 200: { description: 'It is on its wire again.', schema: redrivenSchema } },
    problems: [400, 404, 409, 413, 415],
  },
  replayWire: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/wires/{wire}/replay',
    tag: 'Messages',
    summary: 'Has an event wire deliver again what it has delivered.',
    params: byWire,
    body: { schema: replayRequestSchema, required: true, kinds: ['json'] },
    answers: { 200: { description: 'It goes on from there.', schema: replayedSchema } },
    problems: [400, 404, 409, 413, 415],
  },
} as const satisfies Readonly<Record<string, Endpoint>>;
