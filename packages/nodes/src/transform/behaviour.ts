import { type NodeBehaviour, WorkError } from '@sluice/engine';
import { MESSAGE_VARIABLES, messageScope } from '../prepare/message-scope.ts';
import { prepareExpression, prepareOptionalExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { toKey } from '../prepare/to-key.ts';
import { transformConfig, transformDefinition } from './definition.ts';

/**
 * One message out for each message in. An expression that gives nothing is a permanent failure instead of a message
 * that vanishes: leaving messages out is what the filter node is for.
 */
export const transformBehaviour: NodeBehaviour = {
  type: transformDefinition.type,
  async prepare(context) {
    const config = readConfig(transformConfig, context);
    const expression = await prepareExpression(context.connectors, 'expression', config.expression, MESSAGE_VARIABLES);
    const keyExpression = await prepareOptionalExpression(context.connectors, 'key', config.key, MESSAGE_VARIABLES);

    return {
      kind: 'work',
      async work(message, workContext) {
        const scope = messageScope(message, workContext);
        const payload = await expression.evaluate(message.payload, scope);
        if (payload === undefined) {
          throw new WorkError('The expression gives nothing for this message', {
            code: 'expression-empty',
            retryable: false,
          });
        }
        const key = toKey('key', await keyExpression?.evaluate(payload, scope));
        return { outputs: [{ payload, ...(key === undefined ? {} : { key }) }] };
      },
    };
  },
};
