import type { NodeDefinition, PortDefinition } from '@sluice/pipeline';
import { z } from 'zod';

const RESERVED = new Set(['done', 'undone', 'failed']);

const stepName = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and -, starting with a letter')
  .refine((name) => !RESERVED.has(name), 'is the name of a port that every coordinator has: choose another')
  .refine((name) => !name.startsWith('undo-'), 'must not begin with undo-: that is the name of a compensation');

const step = z.strictObject({
  name: stepName.meta({ title: 'Name', description: 'Also the name of its port.', examples: ['charge'] }),
  undo: z.boolean().optional().meta({
    title: 'Can be undone',
    description: 'Has a port undo-NAME that is called when a later step fails for good.',
  }),
  together: z
    .boolean()
    .optional()
    .meta({ title: 'Together with the one before', description: 'Starts at the same time as the step above it.' }),
});

export const coordinatorConfig = z.strictObject({
  steps: z
    .array(step)
    .min(1)
    .max(20)
    .superRefine((steps, check) => {
      const seen = new Set<string>();
      for (const [index, { name }] of steps.entries()) {
        if (seen.has(name))
          check.addIssue({ code: 'custom', path: [index, 'name'], message: 'is the name of a step above' });
        seen.add(name);
      }
    })
    .meta({
      title: 'Steps',
      description: 'In order. Each calls what is wired to the port of its name and waits for the answer.',
      examples: [[{ name: 'charge', undo: true }, { name: 'ship' }]],
    }),
});

export type CoordinatorConfig = z.output<typeof coordinatorConfig>;

const DONE: PortDefinition = { name: 'done', summary: 'All steps are done: { input, results }.' };
const UNDONE: PortDefinition = {
  name: 'undone',
  summary: 'A step failed for good and the ones before it were undone: { input, results, failed }.',
};

/** Calls workers step by step, remembers how far it is, and undoes what was done when a step fails for good. */
export const coordinatorDefinition = {
  type: 'coordinator',
  role: 'step',
  group: 'Steps',
  title: 'Coordinator',
  summary: 'Calls workers step by step and undoes what was done when one fails for good.',
  icon: 'list-check',
  outputs: [DONE, UNDONE],
  portsFor: (config) => [DONE, UNDONE, ...stepPorts(config)],
  callsOut: false,
  coordinates: true,
  config: coordinatorConfig,
  initialConfig: { steps: [{ name: 'first', undo: true }, { name: 'second' }] },
  guarantee:
    'Each step is called at least once, with the same Idempotency-Key at every try, and its answer is on disk before the next begins. After a crash a run goes on at the step where it was. When a step fails for good, the ones that were done are undone in reverse; an undoing that fails for good leaves a dead letter that goes on from there when it is redriven.',
  summarise: (config) =>
    stepsOf(config)
      .map(({ name, together }, index) => `${index === 0 ? '' : together ? ' + ' : ' → '}${name}`)
      .join(''),
} as const satisfies NodeDefinition<CoordinatorConfig>;

/** A port for each step and each compensation, whatever the settings are. */
function stepPorts(config: Readonly<Record<string, unknown>>): readonly PortDefinition[] {
  const steps = stepsOf(config);
  return [
    ...steps.map(({ name }) => ({
      name,
      summary: `Step ${name}: what is wired here is called with { input, results }.`,
    })),
    ...steps
      .filter(({ undo }) => undo)
      .map(({ name }) => ({ name: `undo-${name}`, summary: `Undoes ${name}, with { input, results, failed }.` })),
  ];
}

function stepsOf(
  config: Readonly<Record<string, unknown>>,
): readonly { readonly name: string; readonly undo: boolean; readonly together: boolean }[] {
  const { steps } = config;
  if (!Array.isArray(steps)) return [];
  const named = steps.flatMap((one: unknown) => {
    const { name, undo, together } = (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>;
    return stepName.safeParse(name).success
      ? [{ name: String(name), undo: undo === true, together: together === true }]
      : [];
  });
  return named.filter(({ name }, index) => named.findIndex((other) => other.name === name) === index);
}
