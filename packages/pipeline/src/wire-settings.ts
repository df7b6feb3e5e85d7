import { z } from 'zod';
import { duration, fraction, keyPath, positiveInt } from './fields.ts';

/** `call`, `queue` and `log`: how messages travel over a wire, by its delivery. */

export const OVERFLOWS = ['reject', 'wait', 'shed', 'spill'] as const;

const lowWater = fraction
  .optional()
  .meta({ description: 'A full wire opens again at this share of its capacity. Default 0.8.' });

const visibility = duration.optional().meta({
  description: 'A message in hand whose worker is not heard of for so long is handed out again. Default 30s.',
});

const priority = keyPath
  .optional()
  .meta({ description: 'Where the priority stands: 0 (lowest) to 9 (highest). Without a number there: 4.' });

export const callSchema = z
  .strictObject({
    concurrency: positiveInt
      .max(10_000)
      .optional()
      .meta({ description: 'Calls at once. Default: workers of the consumer.' }),
    line: z
      .number()
      .int()
      .min(0)
      .max(100_000)
      .optional()
      .meta({ description: 'Calls that may wait in line. Default 100.' }),
    deadline: duration.optional().meta({ description: 'Longest wait for the answer, line included. Default 30s.' }),
    overflow: z.enum(OVERFLOWS).optional().meta({
      description:
        'What a call meets when concurrency and line are full: reject (429 at a webhook), wait until the deadline, shed (the lowest priority in line makes way), spill (it goes to a queue on disk). Default reject.',
    }),
    priority,
    spill: z
      .strictObject({
        capacity: positiveInt.max(1_000_000_000).optional().meta({ description: 'Messages. Default 100000.' }),
        capacityBytes: positiveInt.optional().meta({ description: 'Bytes. Default 1 GiB.' }),
      })
      .optional()
      .meta({ description: 'With overflow spill: bounds of the queue.' }),
  })
  .meta({ id: 'Call', description: 'How a push wire hands over.' });

export const queueSchema = z
  .strictObject({
    capacity: positiveInt.max(1_000_000_000).optional().meta({ description: 'Messages. Default 100000.' }),
    capacityBytes: positiveInt.optional().meta({ description: 'Bytes. Default 1 GiB.' }),
    lowWater,
    orderBy: keyPath.optional().meta({ description: 'Strict order per value of this path.' }),
    priority,
    visibility,
    expireAfter: duration.optional().meta({ description: 'Waiting longer moves a message to dead letter.' }),
  })
  .meta({ id: 'Queue', description: 'How a pull wire keeps and hands out messages.' });

export const logSchema = z
  .strictObject({
    partitions: positiveInt
      .max(256)
      .optional()
      .meta({ description: 'Lanes kept in order. Default 4. Fixed once the log exists.' }),
    orderBy: keyPath.optional().meta({ description: 'Chooses the partition. Default: the message key.' }),
    retention: z
      .union([duration, z.strictObject({ age: duration.optional(), bytes: positiveInt.optional() })])
      .optional()
      .meta({ description: 'How long read messages stay for replay. Default 3d and 1 GiB.' }),
    lowWater,
    visibility,
    startFrom: z
      .enum(['earliest', 'latest'])
      .optional()
      .meta({ description: 'Where a new group begins. Default earliest.' }),
    onPoison: z
      .enum(['park', 'block'])
      .optional()
      .meta({ description: 'After the last attempt: dead letter, or hold the partition. Default park.' }),
  })
  .meta({ id: 'Log', description: 'How an event wire reads the log of its output port.' });

export type Call = z.output<typeof callSchema>;
export type Queue = z.output<typeof queueSchema>;
export type Log = z.output<typeof logSchema>;
