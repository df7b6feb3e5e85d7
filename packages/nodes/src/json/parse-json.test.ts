import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findJsonError } from './find-json-error.ts';
import { parseJson } from './parse-json.ts';

describe('a broken text is refused with the place', () => {
  test.each([
    ['', 0, 'expected a value, the text ends'],
    ['{', 1, 'expected a field name in quotes, the text ends'],
    ['{"a":}', 5, 'expected a value, found "}"'],
    ['{"a":1,}', 7, 'expected a field name in quotes, found "}"'],
    ['{a:1}', 1, 'expected a field name in quotes, found "a"'],
    ["{'a':1}", 1, 'expected a field name in quotes, found "\'"'],
    ['{"a" 1}', 5, 'expected ":", found "1"'],
    ['{"a":1 "b":2}', 7, 'expected "," or "}", found "\\""'],
    ['[1,]', 3, 'expected a value, found "]"'],
    ['[1 2]', 3, 'expected "," or "]", found "2"'],
    ['[1}', 2, 'expected "," or "]", found "}"'],
    ['[1] x', 4, 'expected the end, found "x"'],
    ['"open', 5, 'expected the end of a text, the text ends'],
    ['"a\nb"', 2, 'expected no control character in a text, found "\\n"'],
    ['"\\x"', 2, 'expected an escape such as \\n, found "x"'],
    ['"\\u12g4"', 2, 'expected four hex digits after \\u, found "u"'],
    ['tru', 0, 'expected a value, found "t"'],
    ['01', 1, 'expected the end, found "1"'],
    ['NaN', 0, 'expected a value, found "N"'],
    ['\u00a01', 0, 'expected a value, found "\u00a0"'],
  ])('%j', (text, position, expected) => {
    expect(parseJson(text)).toEqual({
      ok: false,
      reason: 'broken',
      position,
      message: `is not JSON: ${expected} at position ${position}`,
    });
  });

  test('whatever it is, the search ends within the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\u01ae tfn-.')) }), (text) => {
        const result = parseJson(text);
        if (!result.ok && result.reason === 'broken') {
          expect(result.position).toBeGreaterThanOrEqual(0);
          expect(result.position).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('what stands before the place could have gone on', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, cut) => {
        const beginning = text.slice(0, cut % text.length);
        const { position } = findJsonError(beginning);
        // A cut literal or number is broken where it begins, everything else where it ends.
        expect(/^[-\w.+]*$/.test(beginning.slice(position))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a whole text', () => {
  test('is what the platform reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const result = parseJson(text);
        if (result.ok) expect(result.value).toEqual(JSON.parse(text));
        else expect(result.reason).toBe('refused-key');
      }),
    );
  });

  test.each([
    ['depth at the limit', `${'['.repeat(64)}1${']'.repeat(64)}`, undefined],
    ['depth beyond it', `${'['.repeat(65)}1${']'.repeat(65)}`, 'too-deep'],
    ['enormous depth', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'too-deep'],
    ['keys at the limit', objectOf(10_000), undefined],
    ['keys beyond it', objectOf(10_001), 'too-many-keys'],
    ['members beyond the limit', `[${'1,'.repeat(100_000)}1]`, 'too-many-members'],
    ['__proto__', '{"a":[{"__proto__":{"x":1}}]}', 'refused-key'],
    ['constructor', '{"constructor":{"prototype":{}}}', 'refused-key'],
    ['an escaped name', '{"\\u005f_proto__":1}', 'refused-key'],
    ['prototype', '{"prototype":1}', 'refused-key'],
    ['the marks of functions', '{"f":{"_jsonata_lambda":true}}', 'refused-key'],
  ])('%s', (_name, text, reason) => {
    const result = parseJson(text);
    if (reason === undefined) expect(result.ok).toBe(true);
    else expect(result).toMatchObject({ ok: false, reason });
  });
});

function objectOf(keys: number): string {
  return `{${Array.from({ length: keys }, (_, index) => `"k${index}":1`).join(',')}}`;
}
