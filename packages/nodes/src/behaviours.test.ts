import { expect, test } from 'vitest';
import { behaviourCatalogue } from './behaviours.ts';
import { nodeCatalogue } from './definitions.ts';

test.each(nodeCatalogue.types)('%s does what it is', (type) => {
  expect(behaviourCatalogue.find(type)).toMatchObject({ type });
});

test('an unknown type does nothing', () => {
  expect(behaviourCatalogue.find('constructor')).toBeUndefined();
});
