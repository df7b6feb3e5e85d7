import type { Json, NodeBehaviour } from '@sluice/engine';
import { MESSAGE_VARIABLES, messageScope } from '../prepare/message-scope.ts';
import { prepareExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { filterConfig, filterDefinition } from './definition.ts';

/** Each message goes on unchanged, through `match` or through `rest`. */
export const filterBehaviour: NodeBehaviour = {
  type: filterDefinition.type,
  async prepare(context) {
    const config = readConfig(filterConfig, context);
    const condition = await prepareExpression(context.connectors, 'expression', config.expression, MESSAGE_VARIABLES);

    return {
      kind: 'work',
      async work(message, workContext) {
        const met = isTrue(await condition.evaluate(message.payload, messageScope(message, workContext)));
        return { outputs: [{ port: met ? 'match' : 'rest', payload: message.payload }] };
      },
    };
  },
};

/** Truth as the language's own `$boolean` has it: a list counts when one of its members does. */
function isTrue(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value);
  return Array.isArray(value) ? value.some((member: Json) => isTrue(member)) : Object.keys(value).length > 0;
}
