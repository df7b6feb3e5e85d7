import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MinHeap } from './min-heap.ts';

describe('a min-heap', () => {
  it('gives back what was put in, smallest first, whatever comes between', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer(), fc.constant('pop' as const))), (steps) => {
        const heap = new MinHeap<number>((a, b) => a < b);
        const expected: number[] = [];
        for (const step of steps) {
          if (step === 'pop') {
            expected.sort((a, b) => a - b);
            expect(heap.peek()).toBe(expected[0]);
            expect(heap.pop()).toBe(expected.shift());
          } else {
            heap.push(step);
            expected.push(step);
          }
          expect(heap.size).toBe(expected.length);
        }
      }),
    );
  });

  it('keeps only what is wanted', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = new MinHeap<number>((a, b) => a < b);
        for (const number of numbers) heap.push(number);
        heap.keepOnly((number) => number % 2 === 0);
        const left: number[] = [];
        for (let next = heap.pop(); next !== undefined; next = heap.pop()) left.push(next);
        expect(left).toEqual(numbers.filter((number) => number % 2 === 0).toSorted((a, b) => a - b));
      }),
    );
  });
});
