import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delayedKey, endOf, lastNumber, logMessageKey, memberKey, messageKey, readU48, timeInKey } from './keys.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_fffe });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u48 = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff_ffff }),
  fc.integer({ min: 0xffff_fff0, max: 0x1_0000_0010 }),
);

describe('keys', () => {
  it('stand in the order of their numbers', () => {
    const keys = (numbers: readonly [number, number, number]): readonly [Buffer, readonly number[]][] => {
      const [first, second, third] = numbers;
      return [
        [messageKey(first, third), [first, third]],
        [logMessageKey(first, second, third), [first, second, third]],
        [delayedKey(first, second, third), [first, second, third]],
        [memberKey(first, Buffer.alloc(8, 7), third), [first, third]],
      ];
    };
    fc.assert(
      fc.property(fc.tuple(u32, u16, u48), fc.tuple(u32, u16, u48), (a, b) => {
        for (const [index, [key, numbers]] of keys(a).entries()) {
          const [otherKey, otherNumbers] = keys(b)[index] as readonly [Buffer, readonly number[]]; // as many
          expect(Math.sign(Buffer.compare(key, otherKey))).toBe(compareNumbers(numbers, otherNumbers));
        }
      }),
    );
  });

  it('give back their last number, and the time of a delayed one', () => {
    fc.assert(
      fc.property(u32, u48, u48, (queue, dueAt, position) => {
        expect(lastNumber(messageKey(queue, position))).toBe(position);
        const key = delayedKey(queue, dueAt, position);
        expect(lastNumber(key)).toBe(position);
        expect(readU48(key, key.length - 12)).toBe(dueAt);
      }),
    );
  });

  it('take any time, none too early', () => {
    expect([-5, 0, 0.2, 7, 7.1, 1e300, Infinity].map(timeInKey)).toEqual([
      0, 0, 1, 7, 8, 0xffff_ffff_ffff, 0xffff_ffff_ffff,
    ]);
  });

  it('end where the next prefix begins', () => {
    expect(endOf(Buffer.from([1, 2]))).toEqual(Buffer.from([1, 3]));
    expect(endOf(Buffer.from([1, 0xff, 0xff]))).toEqual(Buffer.from([2]));
    expect(() => endOf(Buffer.from([0xff]))).toThrow(RangeError);
  });
});

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (const [index, number] of a.entries()) {
    const other = b[index] as number; // as many
    if (number !== other) return number < other ? -1 : 1;
  }
  return 0;
}
