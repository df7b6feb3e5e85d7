import type { NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { expressionField, headersField, urlField } from '../config/fields.ts';

const status = z.number().int().min(100).max(599);

export const httpRequestConfig = z.strictObject({
  method: z
    .enum(['POST', 'PUT', 'PATCH', 'DELETE', 'GET'])
    .default('POST')
    .meta({ title: 'Method', description: 'GET and DELETE send no body unless one is given.' }),
  url: urlField({
    title: 'Address',
    description: 'Called once per message.',
    examples: ['https://api.example.com/orders'],
  }),
  headers: headersField({
    title: 'Headers',
    description: 'Values are texts or secrets. Idempotency-Key, traceparent and X-Sluice-Attempt are added.',
    examples: [{ authorization: { $secret: 'api-token' } }],
  }).optional(),
  body: expressionField({
    title: 'Body',
    description:
      'Expression over the payload: a text is sent as it is, anything else as JSON. Without it the payload is sent as JSON.',
    examples: ["{ 'order': id, 'amount': total }"],
  }).optional(),
  successStatus: z
    .array(status)
    .min(1)
    .max(50)
    .optional()
    .meta({
      title: 'Success statuses',
      description: 'What counts as done. Without it any 2xx.',
      examples: [[200, 201, 409]],
      advanced: true,
    }),
});

export type HttpRequestConfig = z.output<typeof httpRequestConfig>;

/** Calls an HTTP API with each message. */
export const httpRequestDefinition = {
  type: 'http-request',
  role: 'sink',
  group: 'Sinks',
  title: 'HTTP request',
  summary: 'Calls an HTTP API with each message.',
  icon: 'send',
  outputs: [{ name: 'done', summary: 'The answer: { status, body }.' }],
  callsOut: true,
  config: httpRequestConfig,
  initialConfig: { method: 'POST', url: 'https://api.example.com/orders' },
  guarantee:
    'At least once. Each try carries the message id as Idempotency-Key, so a target that honours it sees each message once. 408, 409, 425, 429, 5xx and connection failures are retried, any other refusal is permanent. Redirects are not followed.',
  summarise: (config) => {
    const method = typeof config['method'] === 'string' ? config['method'] : 'POST';
    const url = typeof config['url'] === 'string' ? config['url'] : '';
    return `${method} ${url.replace(/^https?:\/\//, '')}`;
  },
} as const satisfies NodeDefinition<HttpRequestConfig>;
