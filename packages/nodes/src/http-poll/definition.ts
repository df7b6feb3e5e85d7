import { durationMs, type NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { durationField, expressionField, headersField, urlField } from '../config/fields.ts';

const intervalBounds = { min: '100ms', max: '30d' } as const;

const cursorSchema = z
  .strictObject({
    kind: z.enum(['max', 'token']).meta({
      title: 'Kind',
      description:
        'max: the highest value seen in the items, such as an id or a time of change. token: what the response says the next page is.',
    }),
    value: expressionField({
      title: 'Value',
      description: 'For max: expression over one item. For token: expression over the whole response.',
      examples: ['updatedAt', 'next_cursor'],
    }),
    param: z
      .string()
      .min(1)
      .max(100)
      .meta({
        title: 'Query parameter',
        description: 'Carries the cursor in the next request.',
        examples: ['since', 'cursor'],
      }),
    initial: z
      .union([z.string().max(1_000), z.number()])
      .optional()
      .meta({
        title: 'Initial value',
        description: 'Sent by the very first poll. Without it the parameter is left out.',
      }),
    overlap: durationField(
      { min: '1ms', max: '30d' },
      {
        title: 'Overlap',
        description:
          'Asks again for this much before the highest time seen, so that late and equal times are not missed; what was seen is dropped. For times (ISO 8601, or milliseconds since 1970).',
        examples: ['5m'],
        showWhen: { field: 'kind', in: ['max'] },
      },
    ).optional(),
  })
  .superRefine((cursor, check) => {
    if (cursor.kind === 'token' && cursor.overlap !== undefined) {
      check.addIssue({ code: 'custom', path: ['overlap'], message: 'belongs to cursors of kind max' });
    }
  })
  .meta({ title: 'Cursor', description: 'Where the next poll goes on. Without it every poll reads everything.' });

export const httpPollConfig = z
  .strictObject({
    url: urlField({
      title: 'Address',
      description: 'Asked again and again.',
      examples: ['https://api.example.com/orders'],
    }),
    method: z
      .enum(['GET', 'POST'])
      .default('GET')
      .meta({ title: 'Method', description: 'GET, unless the source wants POST.', advanced: true }),
    headers: headersField({
      title: 'Headers',
      description: 'Sent with each poll; values are texts or secrets.',
      examples: [{ authorization: { $secret: 'api-token' } }],
    }).optional(),
    items: expressionField({
      title: 'Items',
      description:
        'Expression over the response that gives the list. Without it the response is the list, or the one item.',
      examples: ['data', 'orders'],
    }).optional(),
    id: expressionField({
      title: 'Item id',
      description:
        'Expression over one item. What was seen is not given again; without it an item counts as seen when its whole content was seen.',
      examples: ['id'],
    }).optional(),
    cursor: cursorSchema.optional(),
    key: expressionField({
      title: 'Message key',
      description: 'Expression over one item; messages of one key stay in order where a wire orders by key.',
      examples: ['customerId'],
    }).optional(),
    interval: durationField(intervalBounds, {
      title: 'Interval',
      description:
        'Time between polls: halved while something comes, half again longer while nothing does, each time 20 % more or less by chance.',
      examples: ['30s'],
    }).default('30s'),
    minInterval: durationField(intervalBounds, {
      title: 'Shortest interval',
      description: 'Without it a quarter of the interval.',
      advanced: true,
    }).optional(),
    maxInterval: durationField(intervalBounds, {
      title: 'Longest interval',
      description: 'Without it four times the interval.',
      advanced: true,
    }).optional(),
  })
  .superRefine((config, check) => {
    const bounds = pollIntervals(config);
    if (bounds === undefined) return;
    if (bounds.minMs > bounds.startMs) {
      check.addIssue({ code: 'custom', path: ['minInterval'], message: 'must not be longer than the interval' });
    }
    if (bounds.maxMs < bounds.startMs) {
      check.addIssue({ code: 'custom', path: ['maxInterval'], message: 'must not be shorter than the interval' });
    }
  });

export type HttpPollConfig = z.output<typeof httpPollConfig>;

/** The bounds of the adaptive interval in ms; `undefined` when a duration cannot be read. */
export function pollIntervals(
  config: Pick<HttpPollConfig, 'interval' | 'minInterval' | 'maxInterval'>,
): { readonly startMs: number; readonly minMs: number; readonly maxMs: number } | undefined {
  try {
    const startMs = durationMs(config.interval);
    return {
      startMs,
      minMs: config.minInterval === undefined ? startMs / 4 : durationMs(config.minInterval),
      maxMs: config.maxInterval === undefined ? startMs * 4 : durationMs(config.maxInterval),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Asks an HTTP API for what is new. */
export const httpPollDefinition = {
  type: 'http-poll',
  role: 'source',
  sourceStyle: 'pull',
  group: 'Pull',
  title: 'HTTP poll',
  summary: 'Asks an HTTP API for what is new: we decide when.',
  icon: 'cloud-download',
  outputs: [{ name: 'items', summary: 'Each item of the response that was not seen before.' }],
  callsOut: true,
  config: httpPollConfig,
  initialConfig: { url: 'https://api.example.com/orders', interval: '30s' },
  guarantee:
    'At least once: the cursor comes from the data and moves in the commit that stores the items; a repeated poll gives the same message ids. Changes between two polls that leave no trace in the response are not seen.',
  summarise: (config) => {
    const url = typeof config['url'] === 'string' ? config['url'] : '';
    const interval = typeof config['interval'] === 'string' ? config['interval'] : '30s';
    return `${url.replace(/^https?:\/\//, '')} every ${interval}`;
  },
} as const satisfies NodeDefinition<HttpPollConfig>;
