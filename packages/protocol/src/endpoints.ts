import { documentSchema } from '@sluice/pipeline';
import { z } from 'zod';
import {
  catalogSchema,
  deployedSchema,
  diffSchema,
  healthSchema,
  lifeCycleSchema,
  messageListSchema,
  pipelineListSchema,
  purgedSchema,
  secretListSchema,
  versionListSchema,
} from './bodies.ts';
import { DEAD_LETTER_ENDPOINTS } from './dead-letter-endpoints.ts';
import { byPipeline, byWire, limit } from './endpoint-params.ts';
import type { Endpoint } from './endpoint.ts';
import {
  acceptedSchema,
  deployRequestSchema,
  lintResultSchema,
  pipelineSchema,
  secretValueSchema,
  versionWithDocumentSchema,
} from './resources.ts';
import { pipelineStatusSchema } from './status.ts';
import { TRACE_ENDPOINTS } from './trace-endpoints.ts';

const versionNumber = z.coerce.number().int().min(1).max(2_147_483_647);
const byVersion = byPipeline.extend({ number: versionNumber });
const bySecret = z.object({
  name: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'must be letters, digits, ., _ and -, starting with a letter or digit'),
});

const document = { schema: documentSchema, required: true, kinds: ['json', 'yaml'] } as const;
const YAML = 'application/yaml';

/** Every operation of `/api/v1`, and what else answers to people and their tools. */
export const ENDPOINTS = {
  listPipelines: {
    method: 'get',
    path: '/api/v1/pipelines',
    tag: 'Pipelines',
    summary: 'All pipelines, by name.',
    answers: { 200: { description: 'All of them.', schema: pipelineListSchema } },
    problems: [],
  },
  createPipeline: {
    method: 'post',
    path: '/api/v1/pipelines',
    tag: 'Pipelines',
    summary: 'Creates a pipeline; the document becomes its draft.',
    body: document,
    answers: { 201: { description: 'Created; `Location` and `ETag` are set.', schema: pipelineSchema } },
    problems: [400, 409, 413, 415, 422],
  },
  readPipeline: {
    method: 'get',
    path: '/api/v1/pipelines/{id}',
    tag: 'Pipelines',
    summary: 'The pipeline with its draft, or with `format` the draft alone as a file.',
    params: byPipeline,
    query: z.object({ format: z.enum(['json', 'yaml']).optional() }),
    answers: {
      200: {
        description: 'The pipeline; `ETag` is its revision. `Accept: application/yaml` asks for the draft as YAML.',
        schema: pipelineSchema,
        contentTypes: ['application/json', YAML],
      },
    },
    problems: [400, 404],
  },
  saveDraft: {
    method: 'put',
    path: '/api/v1/pipelines/{id}',
    tag: 'Pipelines',
    summary: 'Saves the draft, unless somebody else saved it first.',
    params: byPipeline,
    headers: { 'If-Match': { description: 'ETag of the revision that was edited.', required: true } },
    body: document,
    answers: { 200: { description: 'Saved; `ETag` is the new revision.', schema: pipelineSchema } },
    problems: [400, 404, 409, 412, 413, 415, 422, 428],
  },
  removePipeline: {
    method: 'delete',
    path: '/api/v1/pipelines/{id}',
    tag: 'Pipelines',
    summary: 'Removes a stopped pipeline, its versions and what still waits on its wires.',
    params: byPipeline,
    answers: { 204: { description: 'Removed.' } },
    problems: [404, 409],
  },
  deploy: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/deploy',
    tag: 'Operation',
    summary: 'Publishes the draft, or takes a version, and runs it in place of what runs.',
    params: byPipeline,
    body: { schema: deployRequestSchema, required: false, kinds: ['json'] },
    answers: { 200: { description: 'It runs.', schema: deployedSchema } },
    problems: [400, 404, 409, 413, 415, 422],
  },
  pause: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/pause',
    tag: 'Operation',
    summary: 'Stops intake and work; messages stay where they are.',
    params: byPipeline,
    answers: { 200: { description: 'Paused.', schema: lifeCycleSchema } },
    problems: [404, 409],
  },
  resume: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/resume',
    tag: 'Operation',
    summary: 'Runs a paused, stopped or failed deployment again.',
    params: byPipeline,
    answers: { 200: { description: 'It runs.', schema: lifeCycleSchema } },
    problems: [404, 409, 422],
  },
  drain: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/drain',
    tag: 'Operation',
    summary: 'Closes intake and works off what waits; then the pipeline is paused. Resume cancels it.',
    params: byPipeline,
    answers: { 200: { description: 'It drains; its status says how far it is.', schema: lifeCycleSchema } },
    problems: [404, 409],
  },
  stop: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/stop',
    tag: 'Operation',
    summary: 'Finishes what is in hand and takes the pipeline out of operation.',
    params: byPipeline,
    answers: { 200: { description: 'Stopped.', schema: lifeCycleSchema } },
    problems: [404, 409],
  },
  readStatus: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/status',
    tag: 'Operation',
    summary: 'Figures of each node and wire, and the verdict.',
    params: byPipeline,
    answers: { 200: { description: 'The figures now.', schema: pipelineStatusSchema } },
    problems: [404, 409],
  },
  listVersions: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/versions',
    tag: 'Versions',
    summary: 'Published versions, newest first.',
    params: byPipeline,
    answers: { 200: { description: 'All of them.', schema: versionListSchema } },
    problems: [404],
  },
  readVersion: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/versions/{number}',
    tag: 'Versions',
    summary: 'One version with its document.',
    params: byVersion,
    answers: { 200: { description: 'The version.', schema: versionWithDocumentSchema } },
    problems: [400, 404],
  },
  restoreVersion: {
    method: 'post',
    path: '/api/v1/pipelines/{id}/versions/{number}/restore',
    tag: 'Versions',
    summary: 'Copies a version into the draft; nothing is deployed.',
    params: byVersion,
    answers: { 200: { description: 'The pipeline with its new draft.', schema: pipelineSchema } },
    problems: [400, 404, 409, 412],
  },
  diffVersions: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/versions/{number}/diff/{other}',
    tag: 'Versions',
    summary: 'What changed from one version to another.',
    params: byVersion.extend({ other: versionNumber }),
    answers: { 200: { description: 'The changes, in reading order.', schema: diffSchema } },
    problems: [400, 404],
  },
  peekMessages: {
    method: 'get',
    path: '/api/v1/pipelines/{id}/wires/{wire}/messages',
    tag: 'Messages',
    summary: 'Looks into a wire, oldest first; nothing is taken out.',
    params: byWire,
    query: z.object({
      limit: limit.default(50),
      afterPosition: z.coerce
        .number()
        .int()
        .min(0)
        .optional()
        .meta({ description: 'Position of the last message of the page before.' }),
      afterPartition: z.coerce.number().int().min(0).optional(),
    }),
    answers: { 200: { description: 'A page of messages.', schema: messageListSchema } },
    problems: [400, 404, 409],
  },
  purgeMessages: {
    method: 'delete',
    path: '/api/v1/pipelines/{id}/wires/{wire}/messages',
    tag: 'Messages',
    summary: 'Removes what waits on a pull wire and is not in hand.',
    params: byWire,
    answers: { 200: { description: 'How many were removed.', schema: purgedSchema } },
    problems: [404, 409],
  },
  ...DEAD_LETTER_ENDPOINTS,
  ...TRACE_ENDPOINTS,
  listSecrets: {
    method: 'get',
    path: '/api/v1/secrets',
    tag: 'Secrets',
    summary: 'Names of all secrets. Values never come out.',
    answers: { 200: { description: 'All of them.', schema: secretListSchema } },
    problems: [],
  },
  putSecret: {
    method: 'put',
    path: '/api/v1/secrets/{name}',
    tag: 'Secrets',
    summary: 'Sets a secret; deployments that use it start over with the new value.',
    params: bySecret,
    body: { schema: secretValueSchema, required: true, kinds: ['json'] },
    answers: { 204: { description: 'Set.' } },
    problems: [400, 413, 415],
  },
  removeSecret: {
    method: 'delete',
    path: '/api/v1/secrets/{name}',
    tag: 'Secrets',
    summary: 'Removes a secret that no deployment uses.',
    params: bySecret,
    answers: { 204: { description: 'Removed.' } },
    problems: [400, 404, 409],
  },
  readCatalog: {
    method: 'get',
    path: '/api/v1/catalog',
    tag: 'Design',
    summary: 'Node types with the JSON Schema of their settings.',
    answers: { 200: { description: 'All of them, in palette order.', schema: catalogSchema } },
    problems: [],
  },
  lint: {
    method: 'post',
    path: '/api/v1/lint',
    tag: 'Design',
    summary: 'Checks a document without storing it.',
    body: { schema: z.unknown(), required: true, kinds: ['json', 'yaml'] },
    answers: {
      200: {
        description: 'What was found. A document that cannot be read is a finding, too.',
        schema: lintResultSchema,
      },
    },
    problems: [413, 415],
  },
  readDocumentSchema: {
    method: 'get',
    path: '/api/v1/schema',
    tag: 'Design',
    summary: 'JSON Schema of the pipeline document.',
    answers: { 200: { description: 'JSON Schema 2020-12.', contentTypes: ['application/schema+json'] } },
    problems: [],
  },
  readOpenApi: {
    method: 'get',
    path: '/api/v1/openapi.json',
    tag: 'Design',
    summary: 'This description.',
    answers: { 200: { description: 'OpenAPI 3.1.' } },
    problems: [],
  },
  readHealth: {
    method: 'get',
    path: '/healthz',
    tag: 'Process',
    summary: 'Whether the process lives. As `/livez`.',
    answers: { 200: { description: 'It does.', schema: healthSchema } },
    problems: [503],
  },
  readLiveness: {
    method: 'get',
    path: '/livez',
    tag: 'Process',
    summary: 'Whether the process lives and its message store works.',
    answers: { 200: { description: 'It does.', schema: healthSchema } },
    problems: [503],
  },
  readReadiness: {
    method: 'get',
    path: '/readyz',
    tag: 'Process',
    summary: 'Whether requests are welcome: started, not stopping, store and database at hand.',
    query: z.object({ verbose: z.string().optional().meta({ description: 'Present: each check is listed.' }) }),
    answers: { 200: { description: 'They are.', schema: healthSchema } },
    problems: [503],
  },
  readMetrics: {
    method: 'get',
    path: '/metrics',
    tag: 'Process',
    summary: 'Figures for Prometheus.',
    answers: { 200: { description: 'Text format 0.0.4.', contentTypes: ['text/plain'] } },
    problems: [],
  },
} as const satisfies Readonly<Record<string, Endpoint>>;

export type EndpointId = keyof typeof ENDPOINTS;

/** Served beside the others and faster, so it is described apart: its body and methods are the webhook node's affair. */
export const HOOK_ENDPOINT = {
  method: 'post',
  path: '/hooks/{pipeline}/{path}',
  tag: 'Webhooks',
  summary: 'Receives for the webhook node with this path in a deployed pipeline of this name.',
  params: z.object({ pipeline: z.string(), path: z.string() }),
  body: { schema: z.unknown(), required: false, kinds: ['json'] },
  answers: {
    200: { description: 'Delivered by a push chain, or a duplicate.', schema: acceptedSchema },
    202: { description: 'On disk.', schema: acceptedSchema },
  },
  problems: [400, 401, 404, 405, 408, 413, 415, 429, 502, 503, 504, 507],
} as const satisfies Endpoint;
