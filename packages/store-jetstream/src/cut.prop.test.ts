import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cut } from './cut.ts';

it('cuts a text into pieces that fit, and that make the text again when each has gone over the wire', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 6, max: 64 }), (text, bytesMax) => {
      const wellFormed = text.toWellFormed();
      const pieces = cut(wellFormed, bytesMax);
      for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(bytesMax);
      expect(pieces.map((piece) => Buffer.from(piece).toString()).join('')).toBe(wellFormed);
    }),
    { numRuns: 300 },
  );
});

it('leaves what fits as it is', () => {
  expect(cut('short', 100)).toEqual(['short']);
  expect(cut('', 100)).toEqual(['']);
});
