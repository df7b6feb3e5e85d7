import { expect, test } from 'vitest';
import { testDatabase } from '../testing/test-database.ts';

const at = testDatabase();
const bytes = (...values: number[]) => new Uint8Array(values);

test('a secret comes back byte by byte', async () => {
  const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  await at.db.secrets.put({ name: 'every', sealed: every });
  expect(await at.db.secrets.find('every')).toEqual(every);
});

test('putting it again replaces the value', async () => {
  await at.db.secrets.put({ name: 'again', sealed: bytes(1, 2, 3) });
  await at.db.secrets.put({ name: 'again', sealed: bytes(4) });
  expect(await at.db.secrets.find('again')).toEqual(bytes(4));
});

test('a view into a larger buffer stores no more than the view', async () => {
  await at.db.secrets.put({ name: 'view', sealed: Buffer.from([9, 8, 7, 6]).subarray(1, 3) });
  expect(await at.db.secrets.find('view')).toEqual(bytes(8, 7));
});

test('the list has names and times, and never a value', async () => {
  await at.db.secrets.put({ name: 'list-b', sealed: bytes(1) });
  await at.db.secrets.put({ name: 'list-a', sealed: bytes(1) });
  const listed = (await at.db.secrets.list()).filter(({ name }) => name.startsWith('list-'));
  expect(listed).toEqual([
    { name: 'list-a', updatedAt: expect.any(Date) },
    { name: 'list-b', updatedAt: expect.any(Date) },
  ]);
});

test('removing says whether there was one', async () => {
  await at.db.secrets.put({ name: 'gone', sealed: bytes(1) });
  expect(await at.db.secrets.remove('gone')).toBe(true);
  expect(await at.db.secrets.remove('gone')).toBe(false);
  expect(await at.db.secrets.find('gone')).toBeUndefined();
});
