import { utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../contracts/test-clock.ts';
import type { Json } from '../../message.ts';
import { aHeld } from '../admission/subjects-for-tests.ts';
import type { Held } from '../heartbeat.ts';
import { createGathering } from './gathering.ts';
import { payloadBytes } from './payload-bytes.ts';

const places = (batches: readonly (readonly Held[])[]): readonly number[][] =>
  batches.map((batch) => batch.map(({ lease }) => lease.position));

function aGathering(wishes: { readonly size?: number; readonly bytes?: number; readonly key?: string } = {}) {
  const clock = createTestClock();
  const gathering = createGathering(
    { size: wishes.size ?? 3, bytes: wishes.bytes ?? 1_000_000, waitMs: 500, key: wishes.key },
    clock,
  );
  const add = (position: number, payload: Json = null) => places(gathering.add(aHeld(position, { payload })));
  return { gathering, clock, add };
}

describe('gathering', () => {
  it('is complete by number', () => {
    const { add, gathering } = aGathering();
    expect([add(1), add(2), add(3), add(4)]).toEqual([[], [], [[1, 2, 3]], []]);
    expect(gathering.size()).toBe(1);
  });

  it('is complete when the first has waited long enough', () => {
    const { add, gathering, clock } = aGathering();
    add(1);
    clock.advance(300);
    add(2);
    expect([gathering.dueInMs(), gathering.takeDue()]).toEqual([200, []]);
    clock.advance(200);
    expect(places(gathering.takeDue())).toEqual([[1, 2]]);
    expect([gathering.dueInMs(), gathering.size()]).toEqual([undefined, 0]);
  });

  it('is complete by bytes, and one that is larger alone goes alone', () => {
    const { add, gathering } = aGathering({ bytes: 20, size: 10 });
    expect(add(1, 'x'.repeat(8))).toEqual([]);
    expect(add(2, 'x'.repeat(8))).toEqual([[1, 2]]);
    expect(add(3, 'x'.repeat(6))).toEqual([]);
    expect(add(4, 'x'.repeat(90))).toEqual([[3], [4]]);
    expect(gathering.size()).toBe(0);
  });

  it('keeps keys apart, each with its own wait', () => {
    const { add, gathering, clock } = aGathering({ key: 'who', size: 2 });
    add(1, { who: 'a' });
    clock.advance(100);
    expect([add(2, { who: 'b' }), add(3, {}), add(4, { who: 'b' })]).toEqual([[], [], [[2, 4]]]);
    clock.advance(400);
    expect(places(gathering.takeDue())).toEqual([[1]]);
    expect(gathering.dueInMs()).toBe(100);
    expect(places([gathering.takeOldest() ?? []])).toEqual([[3]]);
    expect(gathering.takeOldest()).toBeUndefined();
  });

  it('gives everything back', () => {
    const { add, gathering } = aGathering({ key: 'who' });
    add(1, { who: 'a' });
    add(2, { who: 'b' });
    expect(places([gathering.takeAll()])).toEqual([[1, 2]]);
    expect(gathering.size()).toBe(0);
  });
});

describe('the bytes of a payload', () => {
  it.each([null, 'plain', 'Zoë', '漢字', '🗝', { a: ['é', 1.5] }, '\ud800'])(
    'are those of its JSON in UTF-8: %j',
    (payload) => {
      expect(payloadBytes(payload)).toBe(utf8ToBytes(JSON.stringify(payload)).length);
    },
  );
});
