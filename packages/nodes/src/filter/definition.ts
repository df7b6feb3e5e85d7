import type { NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { expressionField } from '../config/fields.ts';

export const filterConfig = z.strictObject({
  expression: expressionField({
    title: 'Condition',
    description: 'JSONata over the payload. $headers, $key and $id give the rest of the message.',
    examples: ['total > 100 and country = "DE"'],
  }),
});

export type FilterConfig = z.output<typeof filterConfig>;

/** Parts messages by a condition. */
export const filterDefinition = {
  type: 'filter',
  role: 'step',
  group: 'Steps',
  title: 'Filter',
  summary: 'Parts messages by a condition.',
  icon: 'filter',
  outputs: [
    { name: 'match', summary: 'Messages that meet the condition.' },
    { name: 'rest', summary: 'All others. Without a wire they end here, counted.' },
  ],
  callsOut: false,
  config: filterConfig,
  initialConfig: { expression: 'true' },
  guarantee:
    'Each message goes to exactly one port, unchanged. A condition that fails is a permanent error; one that gives nothing counts as not met.',
  summarise: (config) => (typeof config['expression'] === 'string' ? config['expression'] : ''),
} as const satisfies NodeDefinition<FilterConfig>;
