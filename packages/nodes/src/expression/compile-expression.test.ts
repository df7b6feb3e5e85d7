import type { Json } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { compileExpression, type Scope } from './compile-expression.ts';
import { createSeededRandom } from './seeded-random.ts';

const NOON = Date.UTC(2026, 5, 1, 12);

function scope(overrides: Partial<Scope> = {}): Scope {
  return { now: () => NOON, random: createSeededRandom('seed'), ...overrides };
}

async function evaluate(text: string, input: Json = {}, overrides: Partial<Scope> = {}): Promise<Json | undefined> {
  const result = await compileExpression(text, Object.keys(overrides.variables ?? {}));
  if (!result.ok) throw new Error(result.message);
  return result.expression.evaluate(input, scope(overrides));
}

describe('an expression', () => {
  const order = {
    id: 'o1',
    customerId: 'c7',
    lines: [
      { price: 2, qty: 3 },
      { price: 5, qty: 1 },
    ],
  };

  test('makes a new payload', async () => {
    const text = "{ 'id': id, 'customer': customerId, 'total': $sum(lines.(price * qty)) }";
    expect(await evaluate(text, order)).toEqual({ id: 'o1', customer: 'c7', total: 11 });
  });

  test('gives nothing where there is nothing', async () => {
    expect(await evaluate('missing.field', order)).toBeUndefined();
  });

  test('gives plain arrays and objects that share nothing with the input', async () => {
    const lines = await evaluate('lines', order);
    expect(lines).toEqual(order.lines);
    expect(lines).not.toBe(order.lines);
    expect(Object.keys(lines as object)).toEqual(['0', '1']);
    expect(Object.getPrototypeOf(await evaluate('{}'))).toBe(Object.prototype);
  });

  test('reads the variables it was compiled with', async () => {
    const headers = { 'x-tenant': 'acme' };
    expect(await evaluate('$headers.`x-tenant`', order, { variables: { headers } })).toBe('acme');
  });

  test('can be evaluated many times at once, each with its own scope', async () => {
    const result = await compileExpression('{ "n": n, "at": $millis(), "r": $random() }');
    if (!result.ok) throw new Error(result.message);
    const { expression } = result;
    const values = await Promise.all(
      [1, 2, 3].map((n) => expression.evaluate({ n }, { now: () => n * 1_000, random: createSeededRandom(`${n}`) })),
    );
    expect(values).toEqual([1, 2, 3].map((n) => ({ n, at: n * 1_000, r: createSeededRandom(`${n}`).next() })));
  });
});

describe('time and chance', () => {
  test('come from the scope', async () => {
    expect(await evaluate('$now()')).toBe('2026-06-01T12:00:00.000Z');
    expect(await evaluate("$now('[Y]-[M01]')")).toBe('2026-06');
    expect(await evaluate('$millis()')).toBe(NOON);
    expect(await evaluate('[$random(), $random()]')).toEqual(await evaluate('[$random(), $random()]'));
    expect(await evaluate('$shuffle([1..9])')).toEqual(await evaluate('$shuffle([1..9])'));
    expect(await evaluate('$sort($shuffle([1..9]))')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('a uuid is one', async () => {
    expect(await evaluate('$uuid()')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('a time of day is completed with the day of the scope', async () => {
    expect(await evaluate("$toMillis('13:45', '[H]:[m]')")).toBe(NOON + 105 * 60_000);
  });

  test('a picture reads what it describes', async () => {
    expect(await evaluate("$toMillis('01.06.2026 12:00', '[D01].[M01].[Y0001] [H01]:[m01]')")).toBe(NOON);
  });
});

describe('a compile error', () => {
  test.each([
    ['{ "a": ', 'syntax'],
    ['a +* b', 'syntax'],
    ['"open', 'syntax'],
    ['/(/', 'syntax'],
    ['$total(lines)', 'unknown-name'],
    ['$orders.id', 'unknown-name'],
    ['/(?=a)b/', 'unsupported'],
    ['/(a)\\1/', 'unsupported'],
  ])('%s is %s and tells the place', async (text, reason) => {
    const result = await compileExpression(text);
    expect(result).toMatchObject({ ok: false, reason, position: expect.any(Number) });
    if (!result.ok) expect(result.message).toMatch(/\(at position \d+, near ".*"\)$/);
  });

  test('says what is wrong', async () => {
    expect(await compileExpression('$total(lines)')).toMatchObject({
      message: 'there is nothing named $total (at position 6, near "$total(lines)")',
    });
  });

  test('names bound inside are known', async () => {
    for (const text of [
      '($x := 1; $x)',
      'function($a, $b){ $a + $b }(1, 2)',
      'lines@$l.{ "q": $l.qty }',
      'lines#$i.{ "n": $i }',
      '$$',
      '$',
    ]) {
      expect(await compileExpression(text), text).toMatchObject({ ok: true });
    }
  });

  test('a tower of brackets is refused, not fatal', async () => {
    expect(await compileExpression('('.repeat(20_000))).toMatchObject({ ok: false, reason: 'syntax' });
  });
});

describe('a failed evaluation', () => {
  test('of the wrong type is permanent and tells the place', async () => {
    await expect(evaluate('1 + id', { id: 'x' })).rejects.toMatchObject({
      code: 'expression-failed',
      retryable: false,
      message: expect.stringContaining('must evaluate to a number'),
    });
  });

  test('raised by its author carries his words', async () => {
    await expect(evaluate('$error("no customer")')).rejects.toMatchObject({
      code: 'expression-raised',
      retryable: false,
      message: expect.stringContaining('no customer'),
    });
    await expect(evaluate('$assert(total > 0, "total must be positive")', { total: 0 })).rejects.toMatchObject({
      code: 'expression-raised',
    });
  });

  test('that gives a function, or no number, is not data', async () => {
    await expect(evaluate('{ "f": function($x){ $x } }')).rejects.toMatchObject({
      code: 'expression-not-data',
      message: 'the result holds a function at $.f',
    });
    await expect(evaluate('$sum')).rejects.toMatchObject({ code: 'expression-not-data' });
  });

  test('is given up when nobody waits any more', async () => {
    // A value with a `then` that never calls back would be waited for without end.
    const text = 'function($f){ { "then": $f } }(function($done){ 1 })';
    const cancel: { now?: () => void } = {};
    const pending = evaluate(
      text,
      {},
      {
        signal: {
          cancelled: false,
          onCancel: (listener) => {
            cancel.now = listener;
            return () => {};
          },
        },
      },
    );
    const outcome = expect(pending).rejects.toMatchObject({ code: 'expression-cancelled', retryable: true });
    await compileExpression('1');
    cancel.now?.();
    await outcome;
  });
});

describe('bounds', () => {
  const limit = { code: 'expression-limit', retryable: false };

  test.each([
    ['$pad("x", 1000000000)', 'a padded text'],
    ['$pad("x", -1000000000, "ab")', 'a text padded on the left'],
    ['$reduce([1..60], function($a, $i){ $a & $a }, "xxxxxxxx")', 'a text that doubles'],
    ['$length($reduce([1..60], function($a, $i){ $a & $a }, "xxxxxxxx"))', 'the length of a text that doubles'],
    ['$join([1..100000].$pad("x", 10000))', 'a joined text'],
    ['[1..10000000]', 'a range'],
    ['[1..100000].[1..100000]', 'ranges within ranges'],
    ['$reduce([1..60], function($a, $i){ $append($a, $a) }, [1])', 'a list that doubles'],
    ['$reduce([1..60], function($a, $i){ { "l": $a, "r": $a } }, {})', 'an object that doubles'],
    ['$string($reduce([1..60], function($a, $i){ [[$a], [$a]] }, 1))', 'the text of a list that doubles'],
    ['($a := {}; $b := {"a": $a, "b": $a}; ' + doublings(40) + ' $x40 = $x40)', 'an object doubled without functions'],
    ['($f := function($n){ 1 + $f($n + 1) }; $f(0))', 'a recursion'],
    [
      '$formatBase(1, 2) & $reduce([1..400], function($a, $i){ { "d": $a } }, 1).x',
      'a deep object that is not looked into',
    ],
    ['$reduce([1..400], function($a, $i){ { "d": $a } }, 1)', 'a deep result'],
  ])('%s', async (text) => {
    const outcome = await evaluate(text).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if ('error' in outcome)
      expect(outcome.error).toMatchObject({ code: expect.stringMatching(/^expression-(limit|timeout|failed)$/) });
    else expect(JSON.stringify(outcome.value ?? null).length).toBeLessThan(1_000);
  });

  test.each([
    ['($f := function(){ $f() }; $f())'],
    ['($f := function($n){ $n = 0 ? 0 : $f($n + 1) }; $f(1))'],
    ['$map([1..100000], function($i){ $map([1..100000], function($j){ $j }) })'],
  ])('%s ends by the time limit', { timeout: 10_000 }, async (text) => {
    await expect(evaluate(text)).rejects.toMatchObject({ code: 'expression-timeout', retryable: true });
  });

  test('a payload that is a long list is no offence', async () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => ({ qty: index % 7 }));
    expect(await evaluate('$count($distinct(lines.qty))', { lines })).toBe(7);
  });

  test('the distinct values are found in linear time', async () => {
    expect(await evaluate('$count($distinct([1..50000]))')).toBe(50_000);
    expect(await evaluate('$distinct(rows)', { rows: [{ a: 1, b: 2 }, { b: 2, a: 1 }, 'x', 'x', { a: 1 }] })).toEqual([
      { a: 1, b: 2 },
      'x',
      { a: 1 },
    ]);
  });

  test('reaching a bound is permanent', async () => {
    await expect(evaluate('$pad("x", 1000000000)')).rejects.toMatchObject(limit);
  });
});

describe('regular expressions', () => {
  test('match, replace, split and test', async () => {
    expect(await evaluate('$match("ab12cd345", /[a-z]+([0-9]+)/).{ "m": match, "g": groups, "i": index }')).toEqual([
      { m: 'ab12', g: ['12'], i: 0 },
      { m: 'cd345', g: ['345'], i: 4 },
    ]);
    expect(await evaluate('$replace("John Smith", /(\\w+)\\s(\\w+)/, "$2, $1")')).toBe('Smith, John');
    expect(await evaluate('$split("a, b;c", /[,;]\\s*/)')).toEqual(['a', 'b', 'c']);
    expect(await evaluate('$contains("Hello", /hELLO/i)')).toBe(true);
    expect(await evaluate('$contains("a\nb", /^b$/m)')).toBe(true);
    expect(await evaluate('items[$contains(name, /^x/)].name', { items: [{ name: 'xa' }, { name: 'b' }] })).toBe('xa');
  });

  test('match at a later place keeps the anchors of the whole text', async () => {
    expect(await evaluate('$replace("aaa", /^a/, "b")')).toBe('baa');
    expect(await evaluate('$count($match("aXa", /\\ba/))')).toBe(1);
  });

  test('that match the empty text end with an error', async () => {
    await expect(evaluate('$replace("abc", /x*/, "-")')).rejects.toMatchObject({ code: 'expression-limit' });
  });

  test('finish fast where a backtracking engine takes for ever', async () => {
    const started = performance.now();
    expect(await evaluate('$contains(text, /^(a+)+$/)', { text: `${'a'.repeat(28)}!` })).toBe(false);
    expect(await evaluate('$contains(text, /(x+x+)+y/)', { text: 'x'.repeat(10_000) })).toBe(false);
    expect(await evaluate('$contains(text, /^(([a-z])+.)+[A-Z]([a-z])+$/)', { text: 'a'.repeat(10_000) })).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('are refused on a text that is too long for them', async () => {
    await expect(
      evaluate('$contains(text, /(a{1,100}){1,10}b/)', { text: 'a'.repeat(1_000_000) }),
    ).rejects.toMatchObject({ code: 'expression-limit' });
  });

  test('stop finding matches when the time is up', async () => {
    let now = NOON;
    const text = 'x'.repeat(20_000);
    const clock = () => (now += 1);
    await expect(evaluate('$count($match(text, /x(.*y)?/))', { text }, { now: clock })).rejects.toMatchObject({
      code: 'expression-limit',
    });
  });

  test('a picture that would backtrack is refused', async () => {
    const picture = '[Y][M][D][H][m][s][f][d][F1][W][w][x1]';
    await expect(evaluate('$toMillis(text, picture)', { text: `${'1'.repeat(60)}!`, picture })).rejects.toMatchObject({
      code: 'expression-limit',
    });
  });
});

function doublings(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const before = index === 0 ? '$b' : `$x${index}`;
    return `$x${index + 1} := {"l": ${before}, "r": ${before}};`;
  }).join(' ');
}
