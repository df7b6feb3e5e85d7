import { describe, expect, it } from 'vitest';
import type { Json } from '../message.ts';
import { readKeyPath } from './key-path.ts';

const read = (path: string, payload: Json = {}): string | undefined =>
  readKeyPath({ id: 'm1', key: 'k1', payload, headers: { 'x-tenant': 'acme' } }, path);

describe('key path', () => {
  const order: Json = { customer: 'c1', order: { id: 7, paid: false, lines: [{ sku: 's1' }], note: null, empty: '' } };
  for (const [path, value] of [
    ['customer', 'c1'],
    ['order.id', '7'],
    ['order.paid', 'false'],
    ['order.lines.0.sku', 's1'],
    ['order.lines', '[{"sku":"s1"}]'],
    ['order.empty', ''],
    ['order.note', undefined],
    ['order.none', undefined],
    ['order.id.more', undefined],
    ['$key', 'k1'],
    ['$id', 'm1'],
    ['$headers.X-Tenant', 'acme'],
    ['$headers.other', undefined],
  ] as const) {
    it(`${path} is ${value === undefined ? 'nothing' : `'${value}'`}`, () => expect(read(path, order)).toBe(value));
  }

  it('finds nothing that every object has', () => {
    for (const path of ['constructor', '__proto__', 'toString', 'order.hasOwnProperty', 'order.lines.length.x'])
      expect(read(path, order)).toBeUndefined();
  });

  it('finds nothing in a payload that is no object', () => {
    for (const payload of ['text', 5, true, null]) expect(read('customer', payload)).toBeUndefined();
  });

  it('takes an empty key for none', () => {
    expect(readKeyPath({ id: 'm', key: '', payload: {}, headers: {} }, '$key')).toBeUndefined();
  });
});
