import { expect, test } from 'vitest';
import { testDatabase } from '../testing/test-database.ts';

const at = testDatabase();

test.for([true, false, 0, '', 'text', null, [], { a: [1, { b: null }] }])(
  '%j comes back as it was set',
  async (value) => {
    await at.db.settings.set('value', value);
    expect(await at.db.settings.get('value')).toEqual(value);
  },
);

test('a setting that was never set is undefined', async () => {
  expect(await at.db.settings.get('never')).toBeUndefined();
});
