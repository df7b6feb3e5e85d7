import type { PipelineDocument } from '@sluice/pipeline';
import {
  findingSchema,
  peekedMessageSchema,
  pipelineSchema,
  pipelineSummarySchema,
  replayedSchema,
  RUN_STATES,
  versionSchema,
  versionWithDocumentSchema,
  type DeployRequest,
  type Pipeline,
  type ReplayRequestBody,
} from '@sluice/protocol';
import { z } from 'zod';
import { requestJson, requestNothing } from './request-json.ts';

const pipelinesSchema = z.object({ pipelines: z.array(pipelineSummarySchema) });
const versionsSchema = z.object({ versions: z.array(versionSchema) });
const messagesSchema = z.object({ messages: z.array(peekedMessageSchema) });
const deployedSchema = z.object({
  version: z.number(),
  state: z.enum(RUN_STATES),
  restarted: z.array(z.string()),
});
const purgedSchema = z.object({ purged: z.number() });

function at(id: string, rest = ''): string {
  return `/api/v1/pipelines/${encodeURIComponent(id)}${rest}`;
}

export const pipelineRequests = {
  list: async (signal?: AbortSignal) =>
    (await requestJson('/api/v1/pipelines', pipelinesSchema, signal === undefined ? {} : { signal })).pipelines,

  create: (document: PipelineDocument) =>
    requestJson('/api/v1/pipelines', pipelineSchema, { method: 'POST', body: document }),

  get: (id: string): Promise<Pipeline> => requestJson(at(id), pipelineSchema),

  /** 412 `ApiError` when `revision` is no longer the newest; its problem then carries `current`. */
  save: (id: string, document: PipelineDocument, options: { revision: number; keepalive?: boolean }) =>
    requestJson(at(id), pipelineSchema, {
      method: 'PUT',
      body: document,
      headers: { 'if-match': `"${options.revision}"` },
      keepalive: options.keepalive ?? false,
    }),

  remove: (id: string) => requestNothing(at(id), { method: 'DELETE' }),

  deploy: (id: string, request: DeployRequest) =>
    requestJson(at(id, '/deploy'), deployedSchema, { method: 'POST', body: request }),

  pause: (id: string) => requestNothing(at(id, '/pause'), { method: 'POST' }),
  resume: (id: string) => requestNothing(at(id, '/resume'), { method: 'POST' }),
  drain: (id: string) => requestNothing(at(id, '/drain'), { method: 'POST' }),
  stop: (id: string) => requestNothing(at(id, '/stop'), { method: 'POST' }),

  versions: async (id: string) => (await requestJson(at(id, '/versions'), versionsSchema)).versions,
  version: (id: string, number: number) => requestJson(at(id, `/versions/${number}`), versionWithDocumentSchema),

  peek: async (id: string, wireId: string, limit: number) =>
    (await requestJson(at(id, `/wires/${encodeURIComponent(wireId)}/messages?limit=${limit}`), messagesSchema))
      .messages,
  purge: async (id: string, wireId: string) =>
    (await requestJson(at(id, `/wires/${encodeURIComponent(wireId)}/messages`), purgedSchema, { method: 'DELETE' }))
      .purged,

  replay: (id: string, wireId: string, request: ReplayRequestBody) =>
    requestJson(at(id, `/wires/${encodeURIComponent(wireId)}/replay`), replayedSchema, {
      method: 'POST',
      body: request,
    }),
};

/** What the server holds now, from the problem of a refused save. */
export function currentFromProblem(problem: Readonly<Record<string, unknown>>): Pipeline | undefined {
  const parsed = pipelineSchema.safeParse(problem['current']);
  return parsed.success ? parsed.data : undefined;
}

const heldWiresSchema = z.array(z.object({ wireId: z.string(), messages: z.number() }));

/** Wires that still hold messages, from the problem of a refused deployment. */
export function heldWiresFromProblem(
  problem: Readonly<Record<string, unknown>>,
): readonly { wireId: string; messages: number }[] {
  const parsed = heldWiresSchema.safeParse(problem['wires']);
  return parsed.success ? parsed.data : [];
}

const findingsSchema = z.array(findingSchema);

/** What stands in the way, from the problem of a refused deployment. */
export function findingsFromProblem(
  problem: Readonly<Record<string, unknown>>,
): readonly z.output<typeof findingSchema>[] {
  const parsed = findingsSchema.safeParse(problem['findings']);
  return parsed.success ? parsed.data : [];
}
