import type { NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { topicField } from '../config/fields.ts';

export const topicSubscribeConfig = z.strictObject({
  topic: topicField({
    title: 'Topic',
    description: 'Read by any number of subscribers, each at its own speed.',
    examples: ['orders.placed'],
  }),
  startFrom: z.enum(['earliest', 'latest']).default('earliest').meta({
    title: 'Start from',
    description:
      'Where a new subscriber begins: at what is still kept, or at what comes next. A known one goes on where it was.',
  }),
});

export type TopicSubscribeConfig = z.output<typeof topicSubscribeConfig>;

/** Reads a topic of the internal bus as a consumer group of its own. */
export const topicSubscribeDefinition = {
  type: 'topic-subscribe',
  role: 'source',
  sourceStyle: 'event',
  group: 'Event',
  title: 'Subscribe to topic',
  summary: 'Reads a topic that this or another pipeline publishes to.',
  icon: 'rss',
  outputs: [{ name: 'events', summary: 'Each message of the topic, in order per key.' }],
  callsOut: false,
  config: topicSubscribeConfig,
  initialConfig: { topic: 'events' },
  guarantee:
    'At least once, in order per key. Its position moves in the commit that stores the outputs; it waits while the wires behind it are full.',
  summarise: (config) => (typeof config['topic'] === 'string' ? config['topic'] : ''),
} as const satisfies NodeDefinition<TopicSubscribeConfig>;
