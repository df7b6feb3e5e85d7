import { outputId } from '@sluice/engine';
import { describe, expect, test } from 'vitest';
import { nodeDigests } from './node-digests.ts';

describe('digests of the host', () => {
  test.each([
    ['a1', 'price.out', 0],
    ['é', 'p/in.out', 'record-7'],
    ['', '', ''],
    ['\ud800', 'a surrogate alone', 1],
    ['x'.repeat(10_000), 'in.out', '€'],
  ])('give the ids that the engine gives without them: %#', (inputId, port, index) => {
    expect(outputId(inputId, port, index, nodeDigests)).toBe(outputId(inputId, port, index));
  });

  // RFC 4231, test case 2.
  test.each([
    ['sha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    [
      'sha512',
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    ],
  ] as const)('sign as RFC 2104 says, with %s', (algorithm, hex) => {
    const mac = nodeDigests.hmac(algorithm, Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'));
    expect(Buffer.from(mac).toString('hex')).toBe(hex);
  });
});
