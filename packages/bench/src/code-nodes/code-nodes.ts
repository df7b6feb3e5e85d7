import type { BehaviourCatalogue, Json, NodeBehaviour, Output } from '@sluice/engine';
import { behaviourCatalogue } from '@sluice/nodes/behaviours';
import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { NodeCatalogue, NodeDefinition } from '@sluice/pipeline';
import { z } from 'zod';

/** What nodes of the bench do: plain functions, so that what is measured is the engine around them. */
export interface Code {
  /** The next message of the source. */
  next(): Json;
  /** Steps and sinks by the name in their config. `undefined`: the message goes no further. */
  readonly steps: Readonly<Record<string, (payload: Json) => Json | undefined>>;
}

/** The path at which the source of the bench receives. */
export const SOURCE_PATH = 'in';

const stepConfig = z.strictObject({ step: z.string() });

/** The product's node types, and two of the bench's own: `bench-source` and `bench-step`. */
export function codeNodes(code: Code): {
  readonly catalogue: NodeCatalogue;
  readonly behaviours: BehaviourCatalogue;
} {
  const own = new Map<string, { readonly definition: NodeDefinition; readonly behaviour: NodeBehaviour }>([
    ['bench-source', { definition: sourceDefinition, behaviour: sourceBehaviour(code) }],
    ['bench-step', { definition: stepDefinition, behaviour: stepBehaviour(code) }],
  ]);
  return {
    catalogue: {
      find: (type) => own.get(type)?.definition ?? nodeCatalogue.find(type),
      types: [...own.keys(), ...nodeCatalogue.types],
    },
    behaviours: { find: (type) => own.get(type)?.behaviour ?? behaviourCatalogue.find(type) },
  };
}

const LOOKS = { icon: 'code', initialConfig: {}, guarantee: 'None: it is there to be measured.', summarise: () => '' };

const sourceDefinition: NodeDefinition = {
  ...LOOKS,
  type: 'bench-source',
  role: 'source',
  sourceStyle: 'push',
  group: 'Push',
  title: 'Source',
  summary: 'Gives the next message of the benchmark for each request.',
  outputs: [{ name: 'out', summary: 'The messages.' }],
  callsOut: false,
  config: z.strictObject({}),
};

const stepDefinition: NodeDefinition = {
  ...LOOKS,
  type: 'bench-step',
  role: 'step',
  group: 'Steps',
  title: 'Step',
  summary: 'Calls a function of the benchmark.',
  outputs: [{ name: 'out', summary: 'What the function answers.' }],
  callsOut: false,
  config: stepConfig,
};

function sourceBehaviour(code: Code): NodeBehaviour {
  return {
    type: sourceDefinition.type,
    prepare: () =>
      Promise.resolve({
        kind: 'push-source',
        path: SOURCE_PATH,
        methods: ['POST'],
        bodyLimitBytes: 1,
        receive: () => ({ kind: 'accept', outputs: [{ payload: code.next() }] }),
      }),
  };
}

const NOTHING: readonly Output[] = [];

function stepBehaviour(code: Code): NodeBehaviour {
  return {
    type: stepDefinition.type,
    prepare({ config }) {
      const { step } = stepConfig.parse(config);
      const run = code.steps[step];
      if (run === undefined) throw new RangeError(`the benchmark has no step ${step}`);
      return Promise.resolve({
        kind: 'work',
        work({ payload }) {
          const result = run(payload);
          return { outputs: result === undefined ? NOTHING : [{ payload: result }] };
        },
      });
    },
  };
}
