import type { NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { expressionField } from '../config/fields.ts';

export const transformConfig = z.strictObject({
  expression: expressionField({
    title: 'Expression',
    description:
      'JSONata over the payload; its result is the new payload. $headers, $key and $id give the rest of the message.',
    examples: ["{ 'id': id, 'total': $sum(lines.(price * qty)) }"],
  }),
  key: expressionField({
    title: 'Message key',
    description: 'Expression over the new payload. Without it the message keeps its key.',
    examples: ['customer'],
    advanced: true,
  }).optional(),
});

export type TransformConfig = z.output<typeof transformConfig>;

/** Makes a new payload out of the old one. */
export const transformDefinition = {
  type: 'transform',
  role: 'step',
  group: 'Steps',
  title: 'Transform',
  summary: 'Makes a new payload with a JSONata expression.',
  icon: 'transform',
  outputs: [{ name: 'transformed', summary: 'The message with its new payload.' }],
  callsOut: false,
  config: transformConfig,
  initialConfig: { expression: '$' },
  guarantee:
    'One message out for each message in. An expression that fails, or that gives nothing, is a permanent error: no retry would change it.',
  summarise: (config) => (typeof config['expression'] === 'string' ? config['expression'] : ''),
} as const satisfies NodeDefinition<TransformConfig>;
