import {
  deadLetterListSchema,
  deadLetterSchema,
  discardedSchema,
  redriveAnswerSchema,
  redriveJobSchema,
  redriveListSchema,
  redrivenSchema,
  type EditDeadLetter,
  type RedriveForecastView,
  type RedriveRequestBody,
} from '@sluice/protocol';
import { ServerUnreachableError } from './api-error.ts';
import { requestJson, requestNothing } from './request-json.ts';

/** Which dead letters are meant; what is absent leaves it open. */
export interface LetterFilter {
  readonly nodeId?: string;
  readonly reason?: string;
  readonly cause?: string;
}

function at(id: string, rest = ''): string {
  return `/api/v1/pipelines/${encodeURIComponent(id)}/dead-letters${rest}`;
}

function atLetter(id: string, letterId: string, rest = ''): string {
  return at(id, `/${encodeURIComponent(letterId)}${rest}`);
}

function query(fields: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

export const deadLetterRequests = {
  list: (id: string, filter: LetterFilter, limit: number) =>
    requestJson(at(id, query({ ...filter, limit })), deadLetterListSchema),
  groups: (id: string, nodeId: string | undefined) =>
    requestJson(at(id, query({ nodeId, groupBy: 'cause', limit: 500 })), deadLetterListSchema),

  edit: (id: string, letterId: string, edit: EditDeadLetter) =>
    requestJson(atLetter(id, letterId), deadLetterSchema, { method: 'PATCH', body: edit }),
  discard: (id: string, letterId: string) => requestNothing(atLetter(id, letterId), { method: 'DELETE' }),
  /** Many: it takes as many calls as it takes. Answers how many went. */
  async discardAll(id: string, filter: LetterFilter): Promise<number> {
    const all = Object.keys(filter).length === 0 ? 'true' : undefined;
    for (let sum = 0; ;) {
      const { discarded, hasMore } = await requestJson(at(id, query({ ...filter, all })), discardedSchema, {
        method: 'DELETE',
      });
      sum += discarded;
      if (!hasMore) return sum;
    }
  },

  redrive: (id: string, letterId: string) =>
    requestJson(atLetter(id, letterId, '/redrive'), redrivenSchema, { method: 'POST', body: {} }),
  /** What it would do. */
  async forecast(id: string, request: RedriveRequestBody): Promise<RedriveForecastView> {
    const body = { ...request, dryRun: true };
    const { forecast } = await requestJson(at(id, '/redrive'), redriveAnswerSchema, { method: 'POST', body });
    if (forecast === undefined) throw new ServerUnreachableError('The server did not say what a redrive would do.');
    return forecast;
  },
  start: (id: string, request: RedriveRequestBody) =>
    requestJson(at(id, '/redrive'), redriveAnswerSchema, { method: 'POST', body: request }),
  redrives: async (id: string) => (await requestJson(at(id, '/redrive'), redriveListSchema)).jobs,
  cancel: (id: string, job: string) =>
    requestJson(at(id, `/redrive/${encodeURIComponent(job)}`), redriveJobSchema, { method: 'DELETE' }),
};
