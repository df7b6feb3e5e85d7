import type { Json } from '@sluice/engine';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import { followSimplePath, NOT_SIMPLE, readSimplePath } from './simple-path.ts';
import { toJson } from './to-json.ts';

test.each<[string, readonly string[] | undefined]>([
  ['$', []],
  ['id', ['id']],
  ['$.id', ['id']],
  ['order.customer.id', ['order', 'customer', 'id']],
  ['order.`customer id`', ['order', 'customer id']],
  ['$$', undefined],
  ['$headers.id', undefined],
  ['lines[0]', undefined],
  ['lines[]', undefined],
  ['lines.*', undefined],
  ['lines^(id)', undefined],
  ['lines{id: 1}', undefined],
  ['lines@$l', undefined],
  ['lines.(id)', undefined],
  ['a.b[c].d', undefined],
  ['"text"', undefined],
  ['a + b', undefined],
])('%s is %j', (text, path) => {
  expect(readSimplePath(jsonata(text).ast())).toEqual(path);
});

test('a plain path gives what the evaluator gives', async () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const value = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>(null, true, 0, '', 'x'),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(name, tie('json'), { maxKeys: 3 }),
    ),
  })).json;
  await fc.assert(
    fc.asyncProperty(value, fc.array(name, { minLength: 1, maxLength: 4 }), async (input, path) => {
      const found = followSimplePath(path, input);
      if (found !== NOT_SIMPLE)
        expect(toJson(found)).toEqual(toJson(await jsonata(path.join('.')).evaluate(structuredClone(input))));
    }),
    { numRuns: 2_000 },
  );
});
