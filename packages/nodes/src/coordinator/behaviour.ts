import type { NodeBehaviour } from '@sluice/engine';
import { readConfig } from '../prepare/read-config.ts';
import { coordinatorConfig, coordinatorDefinition } from './definition.ts';

/** Says which steps there are; going through them durably is the engine's affair. */
export const coordinatorBehaviour: NodeBehaviour = {
  type: coordinatorDefinition.type,
  prepare(context) {
    const { steps } = readConfig(coordinatorConfig, context);
    return Promise.resolve({
      kind: 'coordinator',
      steps: steps.map(({ name, undo, together }) => ({
        port: name,
        ...(undo === true ? { undoPort: `undo-${name}` } : {}),
        together: together === true,
      })),
      donePort: 'done',
      undonePort: 'undone',
    });
  },
};
