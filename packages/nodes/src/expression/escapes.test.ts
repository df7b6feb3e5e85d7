import type { Json } from '@sluice/engine';
import { expect, test } from 'vitest';
import { compileExpression } from './compile-expression.ts';
import { createSeededRandom } from './seeded-random.ts';

/** Each tries to reach the host, to change what others see, or to run data as code. None may succeed. */
const ATTEMPTS: readonly (readonly [name: string, text: string, input?: Json])[] = [
  ['the global object by name', 'globalThis'],
  ['the process by name', 'process.env'],
  ['the process as a variable', '$process.env'],
  ['the global object as a variable', '$globalThis.process'],
  ['import as a call', '$import("node:fs")'],
  ['require as a call', '$require("fs")'],
  ['the constructor of an object', '$.constructor'],
  ['the constructor of a text', '"x".constructor'],
  ['the constructor of a constructor', '$.constructor.constructor("return process")()'],
  ['the constructor of a list', '[1].constructor'],
  ['the prototype of an object', '$.__proto__'],
  ['the prototype by lookup', '$lookup($, "__proto__")'],
  ['the constructor by lookup', '$lookup($, "constructor")("return process")()'],
  ['the constructor of a built-in function', '$sum.constructor("return process")()'],
  ['the code of a built-in function', '$sum.implementation'],
  ['the code of a built-in function by lookup', '$lookup($sum, "implementation")'],
  ['the code of a built-in function by spread', '$spread($sum).implementation([1, 2])'],
  ['the code of a built-in function by wildcard', '$sum.*'],
  ['the code of a built-in function by descent', '[$sum].**.implementation'],
  ['the code of a built-in function by merge', '$merge([$sum, {}]).implementation'],
  ['the code of a built-in function in a list', '[[$sum]].implementation'],
  ['the keys of a built-in function', '$keys($sum)'],
  ['each part of a built-in function', '$each($sum, function($v, $k){ $v })'],
  ['the parts of a built-in function sifted', '$sift($sum, function($v, $k){ true })'],
  ['the environment of a lambda', '(function($x){ $x }).environment'],
  ['the environment of a lambda by lookup', '($f := function($x){ $x }; $lookup($f, "environment").lookup("sum"))'],
  ['the environment of a lambda by spread', '$spread(function($x){ $x }).environment'],
  ['the environment of a lambda by wildcard', '(function($x){ $x }).*'],
  ['the body of a lambda', '(function($x){ $x }).body'],
  [
    'a lambda unmarked by merging data over it',
    '$merge([function($x){ $x }, $]).environment',
    { _jsonata_lambda: false },
  ],
  [
    'a lambda unmarked by merging, in a list',
    '($p := $; $append([function($x){ $x }], $p) ~> $merge).environment.lookup("sum")',
    { _jsonata_lambda: false },
  ],
  [
    'the limits, by way of an unmarked lambda',
    '($m := $merge([function($x){ $x }, $]); {} ~> |$m.environment.base.options|{"timeout": 0}|)',
    { _jsonata_lambda: false },
  ],
  ['an object marked as a lambda', '{ "_jsonata_lambda": true, "body": 1 }'],
  ['an object marked as a function', '{ "_jsonata_function": true, "implementation": 1 }()'],
  ['a call of data that is marked as a function', 'f(1)', { f: { _jsonata_function: true, implementation: 'x' } }],
  [
    'a call of data that is marked as a lambda',
    'f(1)',
    { f: { _jsonata_lambda: true, arguments: [], environment: {}, body: { type: 'variable', value: 'eval' } } },
  ],
  [
    'a mapping by data that is marked as a lambda',
    '$map([1], f)',
    { f: { _jsonata_lambda: true, arguments: [{ value: 'x' }], body: { type: 'string', value: 'ran' } } },
  ],
  ['eval of a text', '$eval("1 + 1")'],
  ['eval under another name', '($e := $eval; $e("1"))'],
  ['eval of the payload', '$eval(code)', { code: '$sum([1, 2])' }],
  ['eval passed on', '$map(["1"], $eval)'],
  ['eval bound to an argument', '$eval(?, {})("1")'],
  ['a built-in function changed', '{} ~> |[$sum]|{ "implementation": $count }|'],
  [
    'a built-in function changed through a clone of our own',
    '($clone := function($x){ $x }; [$sum] ~> |$|{ "implementation": $count }|)',
  ],
  ['a built-in function emptied', '{} ~> |[$sum]|{}, ["implementation", "signature"]|'],
  ['a lambda changed', '($f := function(){ 1 }; {} ~> |[$f]|{ "body": { "type": "string" } }|)'],
  ['the prototype set by a constructor', '{ "__proto__": { "polluted": true } }'],
  ['the prototype set by a merge', '$merge([{ "__proto__": { "polluted": true } }])'],
  ['the prototype set by grouping', 'list{ k: v }', { list: [{ k: '__proto__', v: { polluted: true } }] }],
  ['the prototype set by a transform', '$ ~> |$|{ "__proto__": { "polluted": true } }|'],
  ['the prototype changed by a transform', '$ ~> |$.__proto__|{ "polluted": true }|'],
  ['the prototype changed by way of the constructor', '$ ~> |$.constructor.prototype|{ "polluted": true }|'],
  ['the hidden context by its name', '$ context'],
  ['the hidden context in quotes', '$` context`'],
  ['a hidden regular expression', '$ regex0'],
  ['a hook as a variable', '$`Symbol(jsonata.__evaluate_entry)`'],
  ['the code behind a matcher', '/a/.constructor("return process")()'],
  ['the code behind the next match', '$match("aa", /a/).next.constructor("return process")()'],
  ['the code behind a partial application', '$substring(?, 0).constructor'],
  ['an error that carries a function', '$error($sum)'],
  ['a text made of a function', '$string($sum)'],
];

/** True for what JSON can hold and nothing else. */
function isData(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return typeof value !== 'function' && typeof value !== 'symbol';
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === Array.prototype) && Object.values(value).every(isData);
}

test.each(ATTEMPTS.map(([name, text, input = {}]) => ({ name, text, input })))(
  'no way to $name',
  async ({ text, input }) => {
    const before = structuredClone(input);
    const result = await compileExpression(text);
    const value = result.ok
      ? await result.expression
          .evaluate(input, { now: () => 0, random: createSeededRandom('seed') })
          .catch(() => undefined)
      : undefined;

    expect(isData(value)).toBe(true);
    expect(JSON.stringify(value ?? null)).not.toMatch(/implementation|environment|ran|return process/);
    expect(input).toEqual(before);
    expect('polluted' in {}).toBe(false);
  },
);

test('what one expression does to a function is not seen by the next', async () => {
  for (const [, text, input = {}] of ATTEMPTS) {
    const result = await compileExpression(text);
    if (result.ok)
      await result.expression
        .evaluate(input, { now: () => 0, random: createSeededRandom('seed') })
        .catch(() => undefined);
  }
  const sum = await compileExpression('$sum([1, 2, 3])');
  expect(sum.ok && (await sum.expression.evaluate({}, { now: () => 0, random: createSeededRandom('seed') }))).toBe(6);
});

test.each(['_jsonata_lambda', '_jsonata_function', '__proto__'])('data with a field %s is refused', async (name) => {
  const result = await compileExpression('$count(list)');
  if (!result.ok) throw new Error(result.message);
  const list = [{ ok: 1 }, JSON.parse(`{ "${name}": true }`) as Json];
  const evaluation = result.expression.evaluate({ list }, { now: () => 0, random: createSeededRandom('seed') });
  await expect(evaluation).rejects.toMatchObject({
    code: 'expression-failed',
    retryable: false,
    message: expect.stringContaining(name),
  });
});

test.each([
  ['a transform', '$ ~> |$$|{ "added": 1 }|'],
  ['a grouping of an empty list', '($x := empty; $x{ "k": $ })'],
  ['an array mark', 'list[]'],
  ['a call of what is no function', 'empty(1)'],
])('%s leaves the input as it was', async (_name, text) => {
  const input = { list: [1, 2], empty: [] as Json[] };
  const result = await compileExpression(text);
  if (!result.ok) throw new Error(result.message);
  await result.expression.evaluate(input, { now: () => 0, random: createSeededRandom('seed') }).catch(() => undefined);
  expect(input).toEqual({ list: [1, 2], empty: [] });
  expect(Object.keys(input.list)).toEqual(['0', '1']);
});
