import type { NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';
import { expressionField, topicField } from '../config/fields.ts';

export const topicPublishConfig = z.strictObject({
  topic: topicField({
    title: 'Topic',
    description: 'Subscribers of any pipeline read it.',
    examples: ['orders.placed'],
  }),
  key: expressionField({
    title: 'Message key',
    description: 'Expression over the payload; order holds per key. Without it the message keeps its key.',
    examples: ['customerId'],
  }).optional(),
});

export type TopicPublishConfig = z.output<typeof topicPublishConfig>;

/** Appends to a topic of the internal bus. */
export const topicPublishDefinition = {
  type: 'topic-publish',
  role: 'sink',
  group: 'Sinks',
  title: 'Publish to topic',
  summary: 'Appends to a topic that any number of pipelines can read.',
  icon: 'broadcast',
  outputs: [],
  callsOut: false,
  config: topicPublishConfig,
  initialConfig: { topic: 'events' },
  guarantee: 'Appended in the commit that settles the message: nothing is lost or doubled on the way to the topic.',
  summarise: (config) => (typeof config['topic'] === 'string' ? config['topic'] : ''),
} as const satisfies NodeDefinition<TopicPublishConfig>;
