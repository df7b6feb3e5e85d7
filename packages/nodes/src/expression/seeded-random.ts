import type { Random } from '@sluice/engine';

/**
 * Chance that is a pure function of a text, so that work on one message draws the same numbers at every try.
 *
 * FNV-1a spreads the text over four words, sfc32 draws from them. Not for secrets.
 */
export function createSeededRandom(seed: string): Random {
  let [a, b, c, d] = [hash(seed, 0x811c9dc5), hash(seed, 0x9e3779b9), hash(seed, 0x85ebca6b), 1];

  function next(): number {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  // The first draws still show the seed.
  for (let round = 0; round < 12; round += 1) next();
  return { next };
}

function hash(text: string, basis: number): number {
  let value = basis;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}
