import type { Json, NodeBehaviour } from '@sluice/engine';
import { MESSAGE_VARIABLES, messageScope } from '../prepare/message-scope.ts';
import { prepareOptionalExpression } from '../prepare/prepare-expression.ts';
import { readConfig } from '../prepare/read-config.ts';
import { logConfig, logDefinition } from './definition.ts';

const TEXT_LENGTH_MAX = 8_000;
const NOTHING = { outputs: [] } as const;

/** Writes a line for each message. */
export const logBehaviour: NodeBehaviour = {
  type: logDefinition.type,
  async prepare(context) {
    const { pipelineId, nodeId } = context;
    const config = readConfig(logConfig, context);
    const text = await prepareOptionalExpression(context.connectors, 'message', config.message, MESSAGE_VARIABLES);

    return {
      kind: 'work',
      work(message, workContext) {
        const entry = { pipelineId, nodeId, level: config.level };
        if (text === undefined) {
          context.connectors.log.write({ ...entry, text: `message ${message.id}`, data: message.payload });
          return NOTHING;
        }
        return text.evaluate(message.payload, messageScope(message, workContext)).then((value) => {
          context.connectors.log.write({ ...entry, text: lineOf(value) });
          return NOTHING;
        });
      },
    };
  },
};

function lineOf(value: Json | undefined): string {
  const line = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return line.length > TEXT_LENGTH_MAX ? `${line.slice(0, TEXT_LENGTH_MAX)}...` : line;
}
