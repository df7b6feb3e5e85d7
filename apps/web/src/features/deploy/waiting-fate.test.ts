import { nodeCatalogue } from '@sluice/nodes/definitions';
import type { Delivery, PipelineDocument } from '@sluice/pipeline';
import { describe, expect, test } from 'vitest';
import { fateWords, waitingFates, wireName } from './waiting-fate.ts';

function drawn(delivery: Delivery | null): PipelineDocument {
  return {
    format: 'sluice/v1',
    name: 'orders',
    nodes: [
      { id: 'tr', type: 'transform', title: 'Tr', config: { expression: '$' } },
      { id: 'out', type: 'log', title: 'Out', config: {} },
    ],
    wires: delivery === null ? [] : [{ id: 'w1', from: 'tr', to: 'out', delivery }],
  };
}

describe('messages that wait while a wire changes', () => {
  test.each([
    ['pull', 'event', 'into-log'],
    ['event', 'pull', 'into-queue'],
    ['pull', 'push', 'must-drain'],
    ['event', 'push', 'must-drain'],
    ['pull', null, 'must-drain'],
    ['event', null, 'must-drain'],
  ] as const)('%s to %s: %s', (before, after, fate) => {
    expect(waitingFates(drawn(before), drawn(after))).toEqual([{ wireId: 'w1', fate }]);
  });

  test.each([
    ['pull', 'pull'],
    ['event', 'event'],
    ['push', 'pull'],
    ['push', null],
  ] as const)('%s to %s concerns none', (before, after) => {
    expect(waitingFates(drawn(before), drawn(after))).toEqual([]);
  });

  test('the sentence names the wire, how many wait and what becomes of them', () => {
    expect(fateWords('into-log', 'Tr → Out', 95)).toBe('95 messages wait on Tr → Out: they move into the log.');
    expect(fateWords('into-queue', 'Tr → Out', 1)).toBe('1 message waits on Tr → Out: it moves onto the queue.');
    expect(fateWords('must-drain', 'Tr → Out', 2)).toBe(
      '2 messages wait on Tr → Out: they must drain first, or go to dead letter.',
    );
  });

  test('a wire is named by its ends as they were, and by its id where no document has it', () => {
    expect(wireName('w1', [drawn('pull'), drawn(null)], nodeCatalogue)).toBe('Tr → Out');
    expect(wireName('w1', [undefined, drawn('pull')], nodeCatalogue)).toBe('Tr → Out');
    expect(wireName('w9', [drawn('pull')], nodeCatalogue)).toBe('wire w9');
  });
});
