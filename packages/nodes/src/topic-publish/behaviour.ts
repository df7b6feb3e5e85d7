import type { NodeBehaviour } from '@sluice/engine';
import { MESSAGE_VARIABLES, messageScope } from '../prepare/message-scope.ts';
import { prepareOptionalExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { toKey } from '../prepare/to-key.ts';
import { topicPublishConfig, topicPublishDefinition } from './definition.ts';

/** Appends each message to a topic, in the commit that settles it. */
export const topicPublishBehaviour: NodeBehaviour = {
  type: topicPublishDefinition.type,
  async prepare(context) {
    const config = readConfig(topicPublishConfig, context);
    const keyExpression = await prepareOptionalExpression(context.connectors, 'key', config.key, MESSAGE_VARIABLES);

    return {
      kind: 'work',
      topics: [config.topic],
      async work(message, workContext) {
        const key = toKey('key', await keyExpression?.evaluate(message.payload, messageScope(message, workContext)));
        const output = { payload: message.payload, ...(key === undefined ? {} : { key }) };
        return { outputs: [], publications: [{ topic: config.topic, output }] };
      },
    };
  },
};
