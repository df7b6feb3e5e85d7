import { describe, expect, it } from 'vitest';
import type { Feed } from './feed.ts';
import { wakeInTurn } from './wake-in-turn.ts';

describe('waking in turn', () => {
  it('begins behind the one that came first last time, and passes over those who do not want it', () => {
    const order: string[] = [];
    const wanting = new Set(['a', 'b', 'c']);
    const named = ['a', 'b', 'c'].map(
      (name) => ({ name, wake: () => order.push(name) }) as unknown as Feed & { readonly name: string },
    );
    const wake = wakeInTurn(named, (feed) => wanting.has((feed as (typeof named)[number]).name));
    for (let round = 0; round < 4; round += 1) {
      wake();
      order.push('|');
    }
    expect(order.join('')).toBe('abc|bca|cab|abc|');
    order.length = 0;
    wanting.delete('b');
    wake();
    expect(order.join('')).toBe('ca');
  });
});
