import { describe, expect, it } from 'vitest';
import { createTestClock } from '../contracts/test-clock.ts';
import { createRoom } from './room.ts';

function aRoom(capacity: number | undefined = 10, capacityBytes = 1_000, lowWater = 0.8) {
  const clock = createTestClock();
  const changes: string[] = [];
  let told = 0;
  const room = createRoom({
    capacity,
    capacityBytes,
    lowWater,
    clock,
    onChange: (state) => changes.push(state),
    onRoom: () => (told += 1),
  });
  return { room, clock, changes, told: () => told };
}

describe('C4 C5 room on a wire', () => {
  it('closes at capacity and opens at its low water, not at the same level', () => {
    const { room, changes, clock } = aRoom();
    room.add(10);
    expect([room.isOpen('feed'), room.left(), room.fullSince()]).toEqual([false, 0, clock.now()]);
    room.add(-1);
    expect(room.isOpen('feed')).toBe(false);
    room.add(-1);
    expect([room.isOpen('feed'), room.left(), room.fullSince()]).toEqual([true, 2, undefined]);
    expect(changes).toEqual(['full', 'open']);
  });

  for (const [capacity, lowWater, opensAt] of [
    [1, 0.8, 0],
    [2, 0.8, 1],
    [3, 0.8, 2],
    [5, 0.8, 4],
    [100, 0.8, 80],
    [100, 0.25, 25],
    [10, 0, 0],
    [10, 1, 9],
  ] as const) {
    it(`of ${capacity} with low water at ${lowWater} opens again at ${opensAt}`, () => {
      const { room } = aRoom(capacity, 1_000, lowWater);
      room.add(capacity);
      room.add(-(capacity - opensAt - 1));
      expect(room.isOpen('feed')).toBe(false);
      room.add(-1);
      expect(room.isOpen('feed')).toBe(true);
    });
  }

  it('counts what is being worked on as if it were there, without being full', () => {
    const { room, changes } = aRoom(2);
    room.reserve();
    room.reserve();
    expect([room.isOpen('feed'), room.left(), room.fullSince()]).toEqual([false, 0, undefined]);
    room.unreserve();
    expect([room.isOpen('feed'), room.left()]).toEqual([true, 1]);
    expect(changes).toEqual([]);
  });

  it('tells once when there is room again, and only who asked', () => {
    const { room, told } = aRoom(1);
    room.reserve();
    room.unreserve();
    expect(told()).toBe(0);
    room.reserve();
    room.isOpen('feed');
    room.unreserve();
    expect(told()).toBe(1);
    room.reserve();
    room.unreserve();
    expect(told()).toBe(1);
  });

  for (const [lowWater, opensAt] of [
    [0.8, 800],
    [0.25, 250],
    [1, 999],
  ] as const) {
    it(`closes by bytes as well, and opens at ${opensAt} of 1000 with low water at ${lowWater}`, () => {
      const { room } = aRoom(undefined, 1_000, lowWater);
      room.set({ messages: 3, bytes: 1_000, inHand: 0 });
      expect(room.isOpen('feed')).toBe(false);
      room.set({ messages: 3, bytes: opensAt + 1, inHand: 0 });
      expect(room.isOpen('feed')).toBe(false);
      room.set({ messages: 2, bytes: opensAt, inHand: 0 });
      expect(room.isOpen('feed')).toBe(true);
    });
  }

  it('takes another low water from a new version', () => {
    const { room } = aRoom(10);
    room.add(10);
    room.resize({ capacity: 10, capacityBytes: 1_000, lowWater: 0.2 });
    room.add(-7);
    expect(room.isOpen('feed')).toBe(false);
    room.add(-1);
    expect(room.isOpen('feed')).toBe(true);
  });

  it('believes a refusal of the store until the store is asked again', () => {
    const { room, changes } = aRoom();
    room.add(5);
    room.refused(1);
    expect(room.isOpen('feed')).toBe(false);
    room.add(-5);
    expect(room.isOpen('feed')).toBe(false);
    room.set({ messages: 0, bytes: 0, inHand: 0 });
    expect(room.isOpen('feed')).toBe(true);
    expect(changes).toEqual(['full', 'open']);
  });

  it('takes the number of the store only while nothing is under way, or a message would count twice', () => {
    const { room } = aRoom();
    room.add(8);
    room.reserve();
    // The store has counted the commit; we hear of it later.
    room.set({ messages: 9, bytes: 0, inHand: 0 });
    room.add(1);
    room.unreserve();
    expect([room.messages(), room.left()]).toEqual([9, 1]);
    room.set({ messages: 3, bytes: 0, inHand: 1 });
    expect(room.messages()).toBe(9);
    room.set({ messages: 3, bytes: 0, inHand: 0 });
    expect(room.messages()).toBe(3);
  });

  it('stays open when only a large batch did not fit', () => {
    const { room, changes } = aRoom(10);
    room.add(6);
    room.refused(5);
    expect([room.isOpen('feed'), room.left(), changes]).toEqual([true, 4, []]);
    room.add(3);
    room.refused(5);
    expect(room.isOpen('feed')).toBe(false);
  });

  it('leaves a feed that asks its store the room for what may come, but refuses no caller for it', () => {
    const { room, told } = aRoom(10);
    room.add(6);
    room.claim(4);
    expect([room.isOpen('feed'), room.left(), room.isOpen('caller'), room.fitting(4)]).toEqual([false, 0, true, 4]);
    room.reserve(3);
    // Callers have taken three of the four places that were asked for.
    expect(room.fitting(4)).toBe(1);
    room.unclaim(4);
    expect([room.isOpen('feed'), room.left(), told()]).toEqual([true, 1, 1]);
  });

  it('never counts below nothing', () => {
    const { room } = aRoom();
    room.add(-5);
    expect([room.messages(), room.left()]).toEqual([0, 10]);
  });

  it('keeps its count when other bounds hold, and opens or closes by them', () => {
    const { room, changes, told } = aRoom(10);
    room.add(5);
    room.resize({ capacity: 5, capacityBytes: 1_000, lowWater: 0.8 });
    expect([room.isOpen('feed'), room.messages()]).toEqual([false, 5]);
    room.resize({ capacity: 20, capacityBytes: 1_000, lowWater: 0.8 });
    expect([room.isOpen('feed'), room.left(), told()]).toEqual([true, 15, 1]);
    expect(changes).toEqual(['full', 'open']);
  });
});
