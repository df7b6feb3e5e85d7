import type { NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { durationField, expressionField } from '../config/fields.ts';

/** Five or six fields, or a nickname. The exact check, with the parser, is made when the node is prepared. */
const CRON_SHAPE =
  /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[0-9A-Za-z*,\-/#?+]+( +[0-9A-Za-z*,\-/#?+]+){4,5})$/;

export const scheduleConfig = z
  .strictObject({
    cron: z
      .string()
      .max(200)
      .regex(CRON_SHAPE, 'is not a cron pattern such as 0 6 * * 1-5')
      .optional()
      .meta({
        title: 'Cron pattern',
        description: 'Minute, hour, day, month, weekday; with six fields seconds come first.',
        examples: ['0 6 * * 1-5', '*/15 * * * *', '@hourly'],
      }),
    every: durationField(
      { min: '100ms', max: '365d' },
      { title: 'Every', description: 'A fixed distance instead of a cron pattern.', examples: ['15m'] },
    ).optional(),
    timezone: z
      .string()
      .max(60)
      .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/, 'is not a time zone such as Europe/Berlin')
      .default('UTC')
      .meta({
        title: 'Time zone',
        description:
          'Of the cron pattern. A time that summer time skips runs right after the gap; one that comes twice runs once.',
        examples: ['Europe/Berlin'],
      }),
    jitter: durationField(
      { min: '1ms', max: '1h' },
      { title: 'Jitter', description: 'Starts up to this much later, by chance.', examples: ['30s'], advanced: true },
    ).optional(),
    missed: z.enum(['skip', 'one', 'all']).default('one').meta({
      title: 'Missed runs',
      description: 'After a stop: skip them, run one for all of them, or run each.',
    }),
    missedLimit: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .meta({
        title: 'Missed runs at most',
        description: 'The newest ones; older ones are skipped.',
        showWhen: { field: 'missed', in: ['all'] },
        advanced: true,
      }),
    payload: expressionField({
      title: 'Payload',
      description:
        'JSON, or an expression over { scheduledAt, previousAt, missed }. Without it that object is the payload.',
      examples: ['{ "report": "daily", "day": $substring(scheduledAt, 0, 10) }'],
    }).optional(),
  })
  .superRefine((config, check) => {
    if (config.cron === undefined && config.every === undefined) {
      check.addIssue({ code: 'custom', path: ['cron'], message: 'either a cron pattern or every is needed' });
    }
    if (config.cron !== undefined && config.every !== undefined) {
      check.addIssue({ code: 'custom', path: ['every'], message: 'cannot stand beside a cron pattern' });
    }
  });

export type ScheduleConfig = z.output<typeof scheduleConfig>;

/** Gives a message at given times. */
export const scheduleDefinition = {
  type: 'schedule',
  role: 'source',
  sourceStyle: 'pull',
  group: 'Pull',
  title: 'Schedule',
  summary: 'Gives a message at given times, by cron pattern or distance.',
  icon: 'calendar-time',
  outputs: [{ name: 'due', summary: 'One message for each time that is due.' }],
  callsOut: false,
  config: scheduleConfig,
  initialConfig: { cron: '0 * * * *' },
  guarantee:
    'Each time is given once: the last one is kept with the messages it gave. Times that pass while stopped follow the setting for missed runs.',
  summarise: (config) => {
    if (typeof config['cron'] === 'string') return config['cron'];
    return typeof config['every'] === 'string' ? `every ${config['every']}` : '';
  },
} as const satisfies NodeDefinition<ScheduleConfig>;
