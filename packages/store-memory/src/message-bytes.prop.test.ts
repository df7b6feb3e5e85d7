import type { Json } from '@sluice/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageBytes } from './message-bytes.ts';

describe('the size of a message', () => {
  it('is near its length as JSON, never below what its texts take', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'grapheme' }), (payload, key) => {
        const message = {
          id: 'm1',
          key,
          payload: payload as Json,
          headers: { a: 'b' },
          correlationId: 'm1',
          eventTime: 1,
          enqueuedAt: 1,
        };
        const asJson = utf8Bytes(JSON.stringify(message));
        expect(messageBytes(message)).toBeGreaterThan(asJson * 0.5);
        expect(messageBytes(message)).toBeLessThan(asJson * 3);
      }),
    );
  });
});

/** Each percent sign of a URI component stands for one byte. */
function utf8Bytes(text: string): number {
  return encodeURIComponent(text).replaceAll(/%../g, 'x').length;
}
