import { createTestClock } from '@sluice/engine/contracts';
import { describe, expect, test } from 'vitest';
import { DISK_SLOW_MS, diskTrouble, intakeHold } from './intake-hold.ts';
import { createPendingWrites } from './pending-writes.ts';
import { DISK_RESERVE, reserveOf, watchDiskRoom } from './watch-disk-room.ts';

/** Of a small disk, and of any that does not say more. */
const RESERVE = DISK_RESERVE.least;
const roomy = { isShort: () => false };
const short = { isShort: () => true };

describe('a disk that does not answer', () => {
  test('is in trouble once the oldest write has waited for too long, and no more when it has ended', () => {
    const clock = createTestClock();
    const writes = createPendingWrites(clock);
    const endFirst = writes.begin();
    clock.advance(DISK_SLOW_MS - 1);
    const endSecond = writes.begin();
    expect([writes.oldestMs(), diskTrouble(writes), intakeHold(writes, roomy)]).toEqual([
      DISK_SLOW_MS - 1,
      undefined,
      undefined,
    ]);
    clock.advance(1);
    expect(diskTrouble(writes)).toBe('the disk has owed the answer to a write for 5 s');
    expect(intakeHold(writes, roomy)).toMatchObject({ status: 503, code: 'disk-silent', retryAfterSeconds: 5 });
    endFirst();
    expect([writes.oldestMs(), diskTrouble(writes)]).toEqual([1, undefined]);
    endSecond();
    expect(writes.oldestMs()).toBe(0);
  });
});

describe('a disk that is nearly full', () => {
  test('refuses webhooks', () => {
    const writes = { oldestMs: () => 0 };
    expect(intakeHold(writes, short)).toMatchObject({ status: 507, code: 'disk-full', retryAfterSeconds: 30 });
  });

  test('is short below the reserve, free room inside the store included, until there is clearly more', async () => {
    const clock = createTestClock();
    let outside: number | undefined = RESERVE;
    let inside = 0;
    const room = await watchDiskRoom({
      dir: '/',
      clock,
      freeInside: () => inside,
      spaceOutside: () => Promise.resolve(outside === undefined ? undefined : { free: outside, total: 1_000 }),
    });
    const afterALook = async (): Promise<boolean> => {
      clock.advance(1_000);
      // The look itself is over when the promises that it waits for are.
      await new Promise((resolve) => setImmediate(resolve));
      return room.isShort();
    };
    expect(room.isShort()).toBe(false);
    outside -= 1;
    expect(await afterALook()).toBe(true);
    inside = RESERVE * 0.2;
    expect(await afterALook()).toBe(true);
    inside = RESERVE * 0.3;
    expect(await afterALook()).toBe(false);
    outside = 0;
    expect(await afterALook()).toBe(true);
    outside = undefined;
    expect(await afterALook()).toBe(false);
    room.stop();
    outside = 0;
    expect(await afterALook()).toBe(false);
  });

  test('is looked at once before anybody asks', async () => {
    const room = await watchDiskRoom({
      dir: '/',
      clock: createTestClock(),
      freeInside: () => 0,
      spaceOutside: () => Promise.resolve({ free: 0, total: 1_000 }),
    });
    expect(room.isShort()).toBe(true);
    room.stop();
  });

  test('keeps a share of the disk within bounds, or what somebody says', async () => {
    const GiB = 2 ** 30;
    expect([1, 10, 40, 100, 10_000].map((total) => Math.round(reserveOf(total * GiB) / 2 ** 20))).toEqual([
      64, 205, 819, 1_024, 1_024,
    ]);
    const room = await watchDiskRoom({
      dir: '/',
      clock: createTestClock(),
      freeInside: () => 0,
      reserveBytes: 5_000,
      spaceOutside: () => Promise.resolve({ free: 5_000, total: 100 * GiB }),
    });
    expect(room.isShort()).toBe(false);
    room.stop();
  });

  test('is told by the file system itself', async () => {
    const room = await watchDiskRoom({
      dir: import.meta.dirname,
      clock: createTestClock(),
      freeInside: () => DISK_RESERVE.most,
    });
    expect(room.isShort()).toBe(false);
    room.stop();
  });
});
