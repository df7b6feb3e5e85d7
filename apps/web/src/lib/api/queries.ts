import { queryOptions } from '@tanstack/react-query';
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

export const deadLettersQuery = (id: string, limit: number, nodeId?: string) =>
  queryOptions({
    queryKey: ['dead-letters', id, limit, nodeId ?? null],
    queryFn: () => pipelineRequests.deadLetters(id, { limit, ...(nodeId === undefined ? {} : { nodeId }) }),
    refetchInterval: 5_000,
  });

export const secretsQuery = () => queryOptions({ queryKey: ['secrets'], queryFn: () => secretRequests.list() });
