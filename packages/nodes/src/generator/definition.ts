import { parseRate, type NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { durationField, expressionField, rateField } from '../config/fields.ts';

const GENERATOR_PATTERNS = ['constant', 'poisson', 'spike'] as const;

/** Above this a single machine measures its own generator. */
const RATE_MAX_PER_SECOND = 20_000;

export const generatorConfig = z
  .strictObject({
    pattern: z.enum(GENERATOR_PATTERNS).default('constant').meta({
      title: 'Pattern',
      description:
        'constant: evenly spaced. poisson: by chance around the rate, as independent senders are. spike: constant, with peaks.',
    }),
    rate: rateField(RATE_MAX_PER_SECOND, {
      title: 'Rate',
      description: 'Messages per unit of time.',
      examples: ['10/s'],
    }),
    peak: rateField(RATE_MAX_PER_SECOND, {
      title: 'Peak rate',
      description: 'Rate during a spike.',
      examples: ['200/s'],
      showWhen: { field: 'pattern', in: ['spike'] },
    }).optional(),
    spikeEvery: durationField(
      { min: '1s', max: '1d' },
      {
        title: 'Spike every',
        description: 'From the start of one spike to the next; the first comes at the end of the first span.',
        examples: ['1m'],
        showWhen: { field: 'pattern', in: ['spike'] },
      },
    ).default('1m'),
    spikeFor: durationField(
      { min: '100ms', max: '1d' },
      {
        title: 'Spike lasts',
        description: 'How long the peak rate holds.',
        examples: ['10s'],
        showWhen: { field: 'pattern', in: ['spike'] },
      },
    ).default('10s'),
    payload: expressionField({
      title: 'Payload',
      description:
        'JSON, or an expression over { seq, at }. $random() and $uuid() give new values. Without it { seq, at, id } is the payload.',
      examples: [
        '{ "id": "order-" & $string(seq), "customer": "c" & $string($floor($random() * 50)), "total": $round($random() * 200, 2) }',
      ],
    }).optional(),
    key: expressionField({
      title: 'Message key',
      description: 'Expression over the payload.',
      examples: ['customer'],
      advanced: true,
    }).optional(),
    limit: z
      .number()
      .int()
      .min(1)
      .optional()
      .meta({ title: 'Stop after', description: 'Messages in total. Without it, it never ends.', advanced: true }),
  })
  .superRefine((config, check) => {
    if (config.pattern !== 'spike') return;
    const [rate, peak] = [parseRate(config.rate), config.peak === undefined ? undefined : parseRate(config.peak)];
    if (config.peak === undefined) {
      check.addIssue({ code: 'custom', path: ['peak'], message: 'is needed by the pattern spike' });
    } else if (rate !== undefined && peak !== undefined && peak < rate) {
      check.addIssue({ code: 'custom', path: ['peak'], message: 'must not be below the rate' });
    }
  });

export type GeneratorConfig = z.output<typeof generatorConfig>;

/** Makes traffic for trials, demonstrations and drills. */
export const generatorDefinition = {
  type: 'generator',
  role: 'source',
  sourceStyle: 'pull',
  group: 'Pull',
  title: 'Generator',
  summary: 'Makes traffic for trials: constant, random or in spikes.',
  icon: 'wave-sine',
  outputs: [{ name: 'generated', summary: 'The generated messages.' }],
  callsOut: false,
  config: generatorConfig,
  initialConfig: { pattern: 'constant', rate: '10/s' },
  guarantee:
    'Numbers messages without gaps. After a stop, or when the wires behind it are full, it makes up for at most one second and skips the rest.',
  summarise: (config) => {
    const rate = typeof config['rate'] === 'string' ? config['rate'] : '';
    if (config['pattern'] === 'spike' && typeof config['peak'] === 'string')
      return `${rate}, peaks of ${config['peak']}`;
    return config['pattern'] === 'poisson' ? `about ${rate}` : rate;
  },
} as const satisfies NodeDefinition<GeneratorConfig>;
