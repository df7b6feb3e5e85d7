import { expect, test } from 'vitest';
import { readEdit } from './read-edit.ts';

const letter = { payload: { total: 'many' }, headers: { a: '1' }, key: 'k' };
const typed = { payload: '{ "total": "many" }', headers: '{"a":"1"}', key: 'k' };

test('only what differs is sent', () => {
  expect(readEdit({ ...typed, payload: '{"total": 12}' }, letter)).toEqual({
    edit: { payload: { total: 12 } },
    errors: {},
  });
  expect(readEdit({ ...typed, key: 'other', headers: '{}' }, letter).edit).toEqual({ key: 'other', headers: {} });
});

test('nothing is sent when nothing differs', () => {
  expect(readEdit(typed, letter)).toEqual({ errors: {} });
});

test('what cannot be saved says why', () => {
  expect(readEdit({ ...typed, payload: '{ total' }, letter).errors.payload).toMatch(/^This is not JSON: /);
  expect(readEdit({ ...typed, headers: '{ a' }, letter).errors.headers).toMatch(/^This is not JSON: /);
  for (const headers of ['{"a": 1}', '[]', '"a"'])
    expect(readEdit({ ...typed, headers }, letter)).toEqual({
      errors: { headers: expect.stringContaining('names with texts') },
    });
});
