import type { NodeBehaviour } from '@sluice/engine';
import { readConfig } from '../prepare/read-config.ts';
import { topicSubscribeConfig, topicSubscribeDefinition } from './definition.ts';

/** Names a topic; the engine reads it as a consumer group. */
export const topicSubscribeBehaviour: NodeBehaviour = {
  type: topicSubscribeDefinition.type,
  async prepare(context) {
    const { topic, startFrom } = readConfig(topicSubscribeConfig, context);
    return { kind: 'event-source', topic, startFrom };
  },
};
