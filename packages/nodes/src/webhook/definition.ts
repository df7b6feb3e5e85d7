import type { NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { durationField, expressionField, headerNameField, secretField } from '../config/fields.ts';

const SIGNATURE_SCHEMES = ['none', 'standard-webhooks', 'github', 'stripe', 'hmac'] as const;
export type SignatureScheme = (typeof SIGNATURE_SCHEMES)[number];

const MIB = 1_048_576;
const signed = SIGNATURE_SCHEMES.filter((scheme) => scheme !== 'none');

const verifySchema = z
  .strictObject({
    scheme: z.enum(SIGNATURE_SCHEMES).default('none').meta({
      title: 'Scheme',
      description:
        'How the sender signs: Standard Webhooks (webhook-signature), GitHub (x-hub-signature-256), Stripe (stripe-signature), a plain HMAC of the body in a header of your choice, or not at all.',
    }),
    secret: secretField({
      title: 'Secret',
      description: 'What the sender signs with. A scheme without its secret refuses everything.',
      examples: [{ $secret: 'orders' }],
      showWhen: { field: 'scheme', in: signed },
    }).optional(),
    previousSecret: secretField({
      title: 'Previous secret',
      description: 'Still accepted while the sender changes over.',
      showWhen: { field: 'scheme', in: signed },
      advanced: true,
    }).optional(),
    tolerance: durationField(
      { min: '1s', max: '1d' },
      {
        title: 'Clock tolerance',
        description: 'How far the signed time may be from now.',
        examples: ['5m'],
        showWhen: { field: 'scheme', in: ['standard-webhooks', 'stripe'] },
        advanced: true,
      },
    ).default('5m'),
    header: headerNameField({
      title: 'Header',
      description: 'Where the signature stands.',
      examples: ['x-signature'],
      showWhen: { field: 'scheme', in: ['hmac'] },
    }).optional(),
    algorithm: z
      .enum(['sha256', 'sha512'])
      .default('sha256')
      .meta({ title: 'Hash', description: 'Hash of the HMAC.', showWhen: { field: 'scheme', in: ['hmac'] } }),
    encoding: z
      .enum(['hex', 'base64'])
      .default('hex')
      .meta({
        title: 'Encoding',
        description: 'How the signature is written.',
        showWhen: { field: 'scheme', in: ['hmac'] },
      }),
    prefix: z
      .string()
      .max(50)
      .optional()
      .meta({
        title: 'Prefix',
        description: 'Text before the signature in its header.',
        examples: ['sha256='],
        showWhen: { field: 'scheme', in: ['hmac'] },
      }),
  })
  .superRefine((verify, check) => {
    if (verify.scheme !== 'none' && verify.secret === undefined) {
      check.addIssue({ code: 'custom', path: ['secret'], message: `is needed by the scheme ${verify.scheme}` });
    }
    if (verify.scheme === 'hmac' && verify.header === undefined) {
      check.addIssue({ code: 'custom', path: ['header'], message: 'is needed by the scheme hmac' });
    }
  })
  .meta({ title: 'Signature', description: 'Refuses what was not signed with the secret.' });

export const webhookConfig = z.strictObject({
  path: z
    .string()
    .min(1, 'must not be empty')
    .max(200)
    .regex(
      /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/,
      'must be segments of letters, digits, ., _, ~ and -, without a slash at either end',
    )
    .meta({
      title: 'Path',
      description: 'Address below /hooks/{pipeline}/.',
      examples: ['placed', 'payments/settled'],
    }),
  methods: z
    .array(z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']))
    .min(1, 'must name at least one method')
    .max(5)
    .default(['POST'])
    .meta({ title: 'Methods', description: 'Any other is answered with 405.', advanced: true }),
  verify: verifySchema.optional(),
  idempotencyKey: expressionField({
    title: 'Idempotency key',
    description:
      'Expression over the payload. A second request with the same key is answered as a duplicate and goes nowhere. Without it the scheme decides: webhook-id, x-github-delivery, the id of a Stripe event, else the Idempotency-Key header.',
    examples: ['id', 'order.id & "/" & $string(revision)'],
  }).optional(),
  idempotencyHeader: headerNameField({
    title: 'Idempotency header',
    description: 'Header that holds the key, where no expression is given.',
    examples: ['idempotency-key'],
    advanced: true,
  }).optional(),
  idempotencyWindow: durationField(
    { min: '1m', max: '30d' },
    {
      title: 'Idempotency window',
      description:
        'How long a key is remembered: at least as long as the sender retries. Without it 4d for Standard Webhooks, Stripe and GitHub, else 1d.',
      examples: ['4d'],
      advanced: true,
    },
  ).optional(),
  key: expressionField({
    title: 'Message key',
    description: 'Expression over the payload; messages of one key stay in order where a wire orders by key.',
    examples: ['customerId'],
  }).optional(),
  bodyLimit: z
    .number()
    .int()
    .min(1)
    .max(16 * MIB)
    .default(MIB)
    .meta({
      title: 'Body limit',
      description: 'Bytes. A longer body is answered with 413.',
      control: 'bytes',
      advanced: true,
    }),
});

export type WebhookConfig = z.output<typeof webhookConfig>;

/** Receives HTTP requests at `/hooks/{pipeline}/{path}`. */
export const webhookDefinition = {
  type: 'webhook',
  role: 'source',
  sourceStyle: 'push',
  group: 'Push',
  title: 'Webhook',
  summary: 'Receives HTTP requests: the sender decides when.',
  icon: 'webhook',
  outputs: [{ name: 'received', summary: 'The payload of each accepted request.' }],
  callsOut: false,
  config: webhookConfig,
  initialConfig: { path: 'events' },
  guarantee:
    'Answers 202 only when the message is on disk; in front of a push wire it answers with the result of the chain. A repeated idempotency key is answered with 2xx and goes nowhere. What is not accepted is refused: the sender keeps it and must retry.',
  summarise: (config) => `/${typeof config['path'] === 'string' ? config['path'] : ''}`,
} as const satisfies NodeDefinition<WebhookConfig>;
