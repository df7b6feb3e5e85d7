import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanJson } from './scan-json.ts';

/** Pieces that make up almost-JSON, so that both valid and broken texts come out. */
const almostJson = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"b"',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'null',
      'nul',
      ' ',
      '\n',
      '\\',
      '\\u12',
      '\u0001',
      '/',
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

const broken = fc
  .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', 'x', '1'))
  .map(([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1));

test('a text is accepted exactly when JSON.parse accepts it, duplicate fields apart', () => {
  fc.assert(
    fc.property(fc.oneof(almostJson, broken, fc.json()), (text) => {
      const scan = scanJson(text);
      fc.pre(scan.ok || scan.reason === 'syntax');
      expect(scan.ok, text).toBe(isJson(text));
    }),
    { numRuns: 3_000 },
  );
});

test('a problem lies inside the text or at its end', () => {
  fc.assert(
    fc.property(fc.oneof(almostJson, broken), (text) => {
      const scan = scanJson(text);
      fc.pre(!scan.ok);
      if (!scan.ok) expect(scan.offset).toBeGreaterThanOrEqual(0);
      if (!scan.ok) expect(scan.offset).toBeLessThanOrEqual(text.length);
    }),
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
