import type { NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { expressionField } from '../config/fields.ts';

export const logConfig = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ title: 'Level', description: 'Level of the line.' }),
  message: expressionField({
    title: 'Text',
    description: 'Expression over the payload. Without it the payload is written beside the message id.',
    examples: ['"order " & id & " of " & customer'],
  }).optional(),
});

export type LogConfig = z.output<typeof logConfig>;

/** Writes a line to the server's log. */
export const logDefinition = {
  type: 'log',
  role: 'sink',
  group: 'Sinks',
  title: 'Log',
  summary: "Writes each message to the server's log.",
  icon: 'file-text',
  outputs: [],
  callsOut: false,
  config: logConfig,
  initialConfig: { level: 'info' },
  guarantee: 'At least once: after a crash a line may be there twice.',
  summarise: (config) =>
    typeof config['message'] === 'string'
      ? config['message']
      : typeof config['level'] === 'string'
        ? config['level']
        : 'info',
} as const satisfies NodeDefinition<LogConfig>;
