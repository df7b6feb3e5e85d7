import type { IdSource, Random } from '@sluice/engine';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';

/** Chance from a seed. `name` splits one seed into independent streams, so that one more draw in one part shifts nothing elsewhere. */
export function createSeededRandom(seed: number, name: string): Random {
  let mixed = seed | 0;
  for (let index = 0; index < name.length; index += 1) mixed = (Math.imul(mixed, 31) + name.charCodeAt(index)) | 0;
  const generator = xoroshiro128plus(mixed);
  return { next: () => uniformFloat64(generator) };
}

/** Ids that count: `sim-1`, `sim-2`. Unique within one simulation. */
export function createCountingIds(): IdSource {
  let count = 0;
  return {
    next: () => {
      count += 1;
      return `sim-${count}`;
    },
  };
}
