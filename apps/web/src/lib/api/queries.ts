import type { RedriveRequestBody } from '@sluice/protocol';
import { queryOptions } from '@tanstack/react-query';
import { deadLetterRequests, type LetterFilter } from './dead-letter-requests.ts';
import { pipelineRequests } from './pipeline-requests.ts';
import { secretRequests } from './secret-requests.ts';

export const pipelinesQuery = () =>
  queryOptions({ queryKey: ['pipelines'], queryFn: ({ signal }) => pipelineRequests.list(signal) });

/** The draft is edited here, so the answer is never silently replaced under the editor. */
export const pipelineQuery = (id: string) =>
  queryOptions({
    queryKey: ['pipeline', id],
    queryFn: () => pipelineRequests.get(id),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

export const versionsQuery = (id: string) =>
  queryOptions({ queryKey: ['versions', id], queryFn: () => pipelineRequests.versions(id) });

/** Versions never change. */
export const versionQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ['version', id, number],
    queryFn: () => pipelineRequests.version(id, number),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const messagesQuery = (id: string, wireId: string, limit: number) =>
  queryOptions({
    queryKey: ['messages', id, wireId, limit],
    queryFn: () => pipelineRequests.peek(id, wireId, limit),
    refetchInterval: 2_000,
  });

export const deadLetterGroupsQuery = (id: string, nodeId?: string) =>
  queryOptions({
    queryKey: ['dead-letters', id, 'groups', nodeId ?? null],
    queryFn: () => deadLetterRequests.groups(id, nodeId),
    refetchInterval: 5_000,
  });

export const deadLettersQuery = (id: string, filter: LetterFilter, limit: number) =>
  queryOptions({
    queryKey: ['dead-letters', id, 'list', filter, limit],
    queryFn: () => deadLetterRequests.list(id, filter, limit),
    refetchInterval: 5_000,
  });

/** Asked for often while one is at work. */
export const redrivesQuery = (id: string) =>
  queryOptions({
    queryKey: ['redrives', id],
    queryFn: () => deadLetterRequests.redrives(id),
    refetchInterval: ({ state }) => (state.data?.some(({ endedAt }) => endedAt === null) === true ? 1_000 : false),
  });

export const redriveForecastQuery = (id: string, request: Pick<RedriveRequestBody, 'filter' | 'toWire'>) =>
  queryOptions({
    queryKey: ['redrive-forecast', id, request],
    queryFn: () => deadLetterRequests.forecast(id, request),
    gcTime: 0,
  });

export const secretsQuery = () => queryOptions({ queryKey: ['secrets'], queryFn: () => secretRequests.list() });
