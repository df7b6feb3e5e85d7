import { secretSummarySchema } from '@sluice/protocol';
import { z } from 'zod';
import { requestJson, requestNothing } from './request-json.ts';

const secretsSchema = z.object({ secrets: z.array(secretSummarySchema) });

export const secretRequests = {
  list: async () => (await requestJson('/api/v1/secrets', secretsSchema)).secrets,
  put: (name: string, value: string) =>
    requestNothing(`/api/v1/secrets/${encodeURIComponent(name)}`, { method: 'PUT', body: { value } }),
  remove: (name: string) => requestNothing(`/api/v1/secrets/${encodeURIComponent(name)}`, { method: 'DELETE' }),
};
