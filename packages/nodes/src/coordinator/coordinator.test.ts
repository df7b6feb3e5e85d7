import { portsOf } from '@sluice/pipeline';
import { expect, test } from 'vitest';
import { createNodeBench } from '../testing/node-bench.ts';
import { coordinatorBehaviour } from './behaviour.ts';
import { coordinatorConfig, coordinatorDefinition } from './definition.ts';

const ORDER = {
  steps: [{ name: 'charge', undo: true }, { name: 'reserve', undo: true, together: true }, { name: 'ship' }],
};

const portNames = (config: Readonly<Record<string, unknown>>): readonly string[] =>
  portsOf(coordinatorDefinition, config).map((port) => port.name);

test('every step and every compensation has a port', () => {
  expect(portNames(ORDER)).toEqual([
    'done',
    'undone',
    'charge',
    'reserve',
    'ship',
    'undo-charge',
    'undo-reserve',
    'failed',
  ]);
});

test.each([{}, { steps: null }, { steps: [null, 7, {}, { name: 'A B' }, { name: 'done' }] }])(
  'settings that are wrong still give ports: %j',
  (config) => {
    expect(portNames(config)).toEqual(['done', 'undone', 'failed']);
  },
);

test('a name that comes twice has one port', () => {
  expect(portNames({ steps: [{ name: 'a' }, { name: 'a' }] })).toEqual(['done', 'undone', 'a', 'failed']);
});

test.each([
  [[{ name: 'a' }, { name: 'a' }], 'is the name of a step above'],
  [[{ name: 'done' }], 'is the name of a port that every coordinator has: choose another'],
  [[{ name: 'undo-a' }], 'must not begin with undo-: that is the name of a compensation'],
  [[{ name: 'A' }], 'must be lower-case letters, digits and -, starting with a letter'],
])('%j is refused', (steps, message) => {
  const parsed = coordinatorConfig.safeParse({ steps });
  expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test('the card shows the order', () => {
  expect(coordinatorDefinition.summarise(ORDER)).toBe('charge + reserve → ship');
});

test('the engine is told the steps with their ports', async () => {
  const node = await createNodeBench(coordinatorBehaviour).prepare('coordinator', ORDER);
  expect(node).toEqual({
    kind: 'coordinator',
    steps: [
      { port: 'charge', undoPort: 'undo-charge', together: false },
      { port: 'reserve', undoPort: 'undo-reserve', together: true },
      { port: 'ship', together: false },
    ],
    donePort: 'done',
    undonePort: 'undone',
  });
});
