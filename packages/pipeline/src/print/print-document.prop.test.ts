import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentArbitrary } from '../arbitraries/document-arbitrary.ts';
import { parseDocument } from '../parse/parse-document.ts';
import { parseDocumentText, SYNTAXES } from '../parse/parse-document-text.ts';
import { printDocument } from './print-document.ts';

describe.each(SYNTAXES)('printed as %s', (syntax) => {
  test('every document is read back as it was', () => {
    fc.assert(
      fc.property(documentArbitrary(), (document) => {
        expect(parseDocumentText(printDocument(document, { syntax }), { syntax })).toStrictEqual({
          ok: true,
          document,
        });
      }),
    );
  });

  test('equal documents give one text, whatever the order of their fields', () => {
    fc.assert(
      fc.property(documentArbitrary(), (document) => {
        expect(printDocument(backwards(document) as typeof document, { syntax })).toBe(
          printDocument(document, { syntax }),
        );
      }),
    );
  });
});

test('documents made for tests are documents', () => {
  fc.assert(
    fc.property(documentArbitrary(), (document) => {
      expect(parseDocument(document)).toStrictEqual({ ok: true, document });
    }),
  );
});

/** The same value with every object's fields the other way round. */
function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([field, below]) => [field, backwards(below)]),
  );
}
