import { describe, expect, it } from 'vitest';
import { outputId, partitionOf } from './output-id.ts';

describe('C3 output ids', () => {
  // Made with sha256sum. They never change: what a redelivery is recognised by would be lost.
  it('are pinned', () => {
    expect(outputId('a1', 'price.out', 0)).toBe('4ad50750ffc672669954465e37ea8b33');
    expect(outputId('a1', 'price.out', 1)).toBe('b99b1e17050ccb64dbe33dde6e1a8898');
    expect(outputId('a1', 'errors.out', 0)).toBe('c34cade9f3956e661c3641b7562e4852');
    expect(outputId('é', 'p/in.out', 'record-7')).toBe('af9158a782588cb80b76e3997b8b6a86');
  });
});

describe('C11 partitions', () => {
  // FNV-1a of '', 'a' and 'foobar' is 0x811c9dc5, 0xe40c292c and 0xbf9cf968, as its authors published.
  it('are pinned', () => {
    expect([partitionOf('', 2 ** 32), partitionOf('a', 2 ** 32), partitionOf('foobar', 2 ** 32)]).toEqual([
      0x811c9dc5, 0xe40c292c, 0xbf9cf968,
    ]);
    expect([partitionOf('a', 7), partitionOf('foobar', 7), partitionOf('customer-17', 7), partitionOf('a', 1)]).toEqual(
      [5, 0, 2, 0],
    );
  });

  it('spread keys evenly', () => {
    const counts = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let key = 0; key < 8_000; key += 1) {
      const partition = partitionOf(`customer-${key}`, 8);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });
});
