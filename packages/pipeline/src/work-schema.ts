import { z } from 'zod';
import { duration, fraction, keyPath, positiveInt, rate } from './fields.ts';

/** `work`: how a node does its work. */

const statusPattern = z
  .string()
  .regex(/^[1-5](\d\d|xx)(-[1-5]\d\d)?$/, 'is not a status such as 404, a range such as 500-504 or a class such as 5xx')
  .meta({ id: 'StatusPattern', description: 'A status (404), a range (500-504) or a class (5xx).', examples: ['5xx'] });

const retryRule = z
  .strictObject({
    status: z.array(statusPattern).min(1).max(50).optional().meta({ description: "Statuses of the target's answer." }),
    code: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'Codes of the failure, such as target-timeout or expression-failed.' }),
    action: z.enum(['retry', 'give-up']).meta({ description: 'Try again, or give the message up at once.' }),
    after: duration.optional().meta({ description: 'With retry: wait this long instead of the backoff.' }),
  })
  .refine((rule) => rule.status !== undefined || rule.code !== undefined, 'needs `status` or `code`: what it is for')
  .refine((rule) => rule.after === undefined || rule.action === 'retry', '`after` goes with `action: retry`')
  .meta({ id: 'RetryRule', description: 'What to do about failures of a kind. The first rule that fits decides.' });

export const BACKOFFS = ['exponential', 'constant'] as const;

export const retrySchema = z.strictObject({
  attempts: positiveInt.max(1_000).optional().meta({
    description: 'Tries in total, the first included. Default 8; with a schedule, one more than it has waits.',
  }),
  backoff: z
    .enum(BACKOFFS)
    .optional()
    .meta({ description: 'Exponential: doubles, with full jitter. Constant: always `base`. Default exponential.' }),
  base: duration
    .optional()
    .meta({ description: 'Upper bound of the first wait; doubles with each attempt. Default 200ms.' }),
  cap: duration.optional().meta({ description: 'No wait is longer. Default 5m.' }),
  schedule: z.array(duration).min(1).max(100).optional().meta({
    description: 'Explicit waits before the second try, the third, and so on. Takes the place of the backoff.',
  }),
  maxAge: duration.optional().meta({ description: 'Give up when the message is older than this.' }),
  budget: fraction
    .optional()
    .meta({ description: 'Share of tries that may be retries; beyond it retries wait. 1: no limit. Default 0.2.' }),
  rules: z.array(retryRule).max(50).optional().meta({ description: 'By status and code, before the general rule.' }),
});

const breakerSchema = z.strictObject({
  failureRate: fraction
    .optional()
    .meta({ description: 'Opens at this share of failed calls in the window. Default 0.5.' }),
  window: duration.optional().meta({ description: 'Calls older than this do not count. Default 30s.' }),
  minimumCalls: positiveInt.optional().meta({ description: 'Never opens on fewer calls in the window. Default 10.' }),
  openFor: duration
    .optional()
    .meta({ description: 'Time until the first probe; doubles with each failed one, up to a minute. Default 10s.' }),
  probes: positiveInt
    .max(100)
    .optional()
    .meta({ description: 'Calls let through half-open; all must succeed. Default 1.' }),
});

const workers = z
  .union([
    positiveInt.max(1_000),
    z
      .strictObject({
        min: positiveInt.max(1_000).optional().meta({ description: 'Never fewer. Default 1.' }),
        max: positiveInt.max(1_000).meta({ description: 'Never more.' }),
        depth: positiveInt
          .optional()
          .meta({ description: 'More workers while more than this wait for each. Default 10.' }),
        age: duration.optional().meta({ description: 'More workers while the oldest has waited longer. Default 5s.' }),
      })
      .refine((range) => (range.min ?? 1) <= range.max, '`min` is above `max`'),
  ])
  .meta({ description: 'Messages worked on at once: a number, or min and max between which it follows the backlog.' });

const rateLimit = z
  .union([
    rate,
    z.strictObject({
      rate,
      burst: positiveInt.optional().meta({ description: 'Tries at once after a pause. Default: those of one second.' }),
      key: keyPath.optional().meta({ description: 'One limit for each value of this path.' }),
      budget: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and -, such as stripe-api')
        .optional()
        .meta({
          description: 'Name of a budget shared by all nodes and pipelines that name it; the lowest rate holds.',
        }),
    }),
  ])
  .meta({ description: 'Tries started per unit of time; the others wait.' });

const throttle = z
  .strictObject({
    limit: positiveInt.max(1_000_000).meta({ description: 'Messages started within a period.' }),
    period: duration,
    key: keyPath.optional().meta({ description: 'One limit for each value of this path.' }),
  })
  .meta({ description: 'At most so many messages are started within a period; the others wait.' });

const debounce = z
  .strictObject({
    period: duration.meta({ description: 'Quiet time after the last message.' }),
    key: keyPath.optional().meta({ description: 'One for each value of this path.' }),
    maxWait: duration
      .optional()
      .meta({ description: 'Worked on at the latest so long after the first. Default 10 periods.' }),
  })
  .meta({
    description: 'Of messages in quick succession only the last is worked on; the others are counted as discarded.',
  });

const batch = z
  .strictObject({
    size: positiveInt.min(2).max(1_000).meta({ description: 'Messages worked on together, at most.' }),
    bytes: positiveInt.optional().meta({ description: 'Bytes of payload together, at most. Default 1 MiB.' }),
    wait: duration.optional().meta({ description: 'How long the first waits for others. Default 1s.' }),
    key: keyPath.optional().meta({ description: 'Only messages with one value of this path go together.' }),
  })
  .meta({ description: 'Works on several messages as one, whose payload is the list of theirs.' });

const singleton = z
  .strictObject({
    key: keyPath.optional().meta({ description: 'One for each value of this path. Absent: one for the node.' }),
    mode: z
      .enum(['skip', 'cancel'])
      .meta({ description: 'Skip: a message is discarded while another is worked on. Cancel: it takes its place.' }),
  })
  .meta({ description: 'One message at a time; what comes meanwhile is counted as discarded.' });

const concurrency = z
  .strictObject({
    limit: positiveInt.max(1_000).meta({ description: 'Messages of one key worked on at once.' }),
    key: keyPath,
  })
  .meta({ description: 'At most so many messages of one key are worked on at once; the others wait.' });

export const workSchema = z
  .strictObject({
    workers: workers.optional(),
    timeout: duration.optional().meta({ description: 'One try takes no longer.' }),
    retry: retrySchema.optional(),
    breaker: breakerSchema.optional(),
    rateLimit: rateLimit.optional(),
    concurrency: concurrency.optional(),
    throttle: throttle.optional(),
    debounce: debounce.optional(),
    batch: batch.optional(),
    singleton: singleton.optional(),
    quarantineAfter: positiveInt
      .max(100)
      .optional()
      .meta({ description: 'Crashes with the message in hand until it is set aside. Default 3.' }),
  })
  .meta({ id: 'Work', description: 'How a node does its work.' });

export type Work = z.output<typeof workSchema>;
export type Retry = z.output<typeof retrySchema>;
export type RetryRule = z.output<typeof retryRule>;
